import type { Counts, FeedItem } from '../../../../protocol/entities.ts';
import type { HubError } from '../../../common/hub-error.ts';
import type { Entries, SortKey } from './entries.ts';
import type { PendingMarks } from './pending-marks.ts';
import { initialVersion, type Version } from './version.ts';

/**
 * - idle: no listener yet
 * - loading: the first page is being fetched, or the feed is being reloaded
 * - loadingMore: an older page is being fetched
 * - ready: the items are current while the connection is up
 * - error: the last attempt to load failed, see `error`; the items may be out of date
 */
export type FeedStatus = 'idle' | 'loading' | 'loadingMore' | 'ready' | 'error';

/** An immutable snapshot. It stays the same object until something in it changes. */
export interface FeedSnapshot {
  /** The inbox, newest first. */
  readonly items: readonly FeedItem[];
  /** The hub's counts, adjusted by this client's pending marks. */
  readonly counts: Counts;
  readonly status: FeedStatus;
  /** Whether `loadMore` would load older items. */
  readonly hasMore: boolean;
  /** Why loading failed, or why the last mark was rejected, until something succeeds. */
  readonly error: HubError | null;
}

export interface FeedState {
  /**
   * Newest first. Entries below `loadedDownTo` are kept but not shown, so that an older page cannot undo them. So are
   * archived and snoozed ones.
   */
  readonly entries: Entries;
  /** The feed is loaded without gaps down to here; null: to its end. */
  readonly loadedDownTo: SortKey | null;
  /** The cursor of the next older page; null: there is none. */
  readonly cursor: string | null;
  /** Items that left the feed, with the version of the removal. A late push or page must not bring them back. */
  readonly removed: ReadonlyMap<string, Version>;
  readonly counts: Counts;
  readonly countsVersion: Version;
  /**
   * Whether the entries, as far as they are loaded, include everything the counts include: no earlier push was lost.
   */
  readonly countsMatchEntries: boolean;
  /** The version of the last mark. A page that was read before it may have outdated flags. */
  readonly marksVersion: Version;
  /** Everything up to this position has arrived. `feed:changes` continues from here. */
  readonly position: string;
  /** The position of the last response that covered everything loaded. Pushes do not advance it. */
  readonly syncedPosition: string;
  /** The greatest applied position: the user may have seen everything up to here. */
  readonly latestPosition: string;
  /** This client's own pending marks; null: none. */
  readonly pending: PendingMarks | null;
  /** The sequence number at which the last response was applied. Earlier requests may return different data. */
  readonly lastResponseSequence: number;
  /** The number of events applied so far. */
  readonly sequence: number;
  /** The sequence number of the last gap in the pushes. A response that was requested before it does not close it. */
  readonly gapSequence: number;
  /** Whether no push can have been lost since `position`, so that pushes advance it. */
  readonly contiguous: boolean;
  /** The number of entries when the last page was applied. Later ones were pushed. */
  readonly pagedCount: number;
  readonly status: FeedStatus;
  readonly error: HubError | null;
  /** Why the last mark was rejected; null: none was, or something succeeded since. */
  readonly markError: HubError | null;
}

export const initialState: FeedState = {
  entries: [],
  loadedDownTo: null,
  cursor: null,
  removed: new Map(),
  counts: { unread: 0, unseen: 0, capped: false },
  countsVersion: initialVersion,
  countsMatchEntries: false,
  marksVersion: initialVersion,
  position: '',
  syncedPosition: '',
  latestPosition: '',
  pending: null,
  lastResponseSequence: 0,
  sequence: 0,
  gapSequence: 0,
  contiguous: false,
  pagedCount: 0,
  status: 'idle',
  error: null,
  markError: null,
};
