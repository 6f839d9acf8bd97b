import type { Counts, FeedItem } from '../../../protocol/entities.ts';
import type { HubError } from '../error.ts';
import type { Entries, Place } from './entries.ts';
import type { Pending } from './pending.ts';
import { never, type Stamp } from './stamp.ts';

/**
 * - idle: nobody listens yet
 * - loading: the first page is on its way, or the feed is being reloaded
 * - loadingMore: an older page is on its way
 * - ready: what is shown is current while the connection is up
 * - error: the last attempt to load failed, see `error`; what is shown may be old
 */
export type FeedStatus = 'idle' | 'loading' | 'loadingMore' | 'ready' | 'error';

/** What listeners see: immutable, and the same object until something in it changes. */
export interface FeedSnapshot {
  /** Newest first. */
  readonly items: readonly FeedItem[];
  /** Those of the hub, with this user's marks under way. */
  readonly counts: Counts;
  readonly status: FeedStatus;
  /** Whether `loadMore` would bring older items. */
  readonly hasMore: boolean;
  /** Why loading failed, or why the last mark was refused; until something succeeds. */
  readonly error: HubError | null;
}

export interface FeedState {
  /** Newest first. Those below `floor` are kept, so that an older page cannot undo them, but not shown. */
  readonly entries: Entries;
  /** How far down the feed is known without holes; null: to its end. */
  readonly floor: Place | null;
  /** Where the next older page begins; null: there is none. */
  readonly cursor: string | null;
  /** Items that left the feed, and when: a late push or page must not bring them back. */
  readonly removed: ReadonlyMap<string, Stamp>;
  readonly counts: Counts;
  readonly counted: Stamp;
  /** All that is in the counts had arrived, as far as it is loaded: no push before them can have been lost. */
  readonly isCountKnown: boolean;
  /** The last mark: an older page that it overtook may show marks that no longer hold. */
  readonly marked: Stamp;
  /** Everything up to here has arrived: where `feed:changes` goes on. */
  readonly position: string;
  /** As the last answer said of everything loaded; pushes do not move it. */
  readonly covered: string;
  /** The greatest position of anything applied: what the user can have seen. */
  readonly latest: string;
  /** This client's own marks that are under way; null: none. */
  readonly pending: Pending | null;
  /** When the last answer to a question was applied: whoever asked before may be told otherwise. */
  readonly answered: number;
  /** How many events were taken in. */
  readonly turn: number;
  /** When the run of pushes was last broken; an answer asked for before that does not mend it. */
  readonly broken: number;
  /** No push can have been lost since `position`, so pushes move it forward. */
  readonly unbroken: boolean;
  /** How many entries there were when the last page was applied: the rest were pushed. */
  readonly paged: number;
  readonly status: FeedStatus;
  readonly error: HubError | null;
  /** Why the last mark was refused; null: none was, or something succeeded since. */
  readonly markError: HubError | null;
}

export const initialState: FeedState = {
  entries: [],
  floor: null,
  cursor: null,
  removed: new Map(),
  counts: { unread: 0, unseen: 0, capped: false },
  counted: never,
  isCountKnown: false,
  marked: never,
  position: '',
  covered: '',
  latest: '',
  pending: null,
  answered: 0,
  turn: 0,
  broken: 0,
  unbroken: false,
  paged: 0,
  status: 'idle',
  error: null,
  markError: null,
};
