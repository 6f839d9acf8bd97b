import type { FeedChanges, FeedPage } from '../../../../protocol/entities.ts';
import type { CountsPush, ItemPush, MarkedPush, RemovedPush } from '../../../../protocol/sockets.ts';
import type { HubError } from '../../../common/hub-error.ts';
import type { MarkFlags, MarkSelection } from './entries.ts';
import type { RequestContext } from './version.ts';

/** Everything that can happen to a feed's state. */
export type FeedEvent =
  | { type: 'status'; status: 'loading' | 'loadingMore' }
  | { type: 'failed'; error: HubError }
  /** The first page. It replaces the entries in its range. */
  | { type: 'firstPage'; page: FeedPage; requestContext: RequestContext }
  /** An older page, requested with `cursor`. */
  | { type: 'olderPage'; page: FeedPage; cursor: string; requestContext: RequestContext }
  | { type: 'changes'; changes: FeedChanges; requestContext: RequestContext }
  /** An item from a push, or from the response to a press. */
  | { type: 'item'; push: ItemPush; isResponse?: boolean }
  | { type: 'removed'; push: RemovedPush }
  | { type: 'marked'; push: MarkedPush }
  /** The user marks these items, or the whole inbox (`ids: null`). Shown immediately. */
  | { type: 'mark'; id: number; ids: ReadonlySet<string> | null; flags: MarkFlags }
  /** The hub applied an own mark, except to items that changed after `upTo`. */
  | { type: 'ownMark'; selection: MarkSelection; flags: MarkFlags; position: string; upTo: string }
  /** A mark is no longer pending: it succeeded, or failed with `error`. */
  | { type: 'markFinished'; id: number; error?: HubError }
  /** Counts from a push, or from the response to a mark. */
  | { type: 'counts'; push: CountsPush; isResponse?: boolean }
  /** Pushes may have been lost; or the changes after the position `from` are uncertain. */
  | { type: 'gap'; from?: string }
  /** All positions so far are invalid. The next page is authoritative. */
  | { type: 'reset' };
