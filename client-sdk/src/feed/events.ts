import type { FeedChanges, FeedPage } from '../../../protocol/entities.ts';
import type { CountsPush, ItemPush, MarkedPush, RemovedPush } from '../../../protocol/sockets.ts';
import type { HubError } from '../error.ts';

/** Everything that can happen to a feed's state. */
export type FeedEvent =
  | { type: 'loading' }
  | { type: 'loadingMore' }
  | { type: 'failed'; error: HubError }
  /** The first page: what it covers replaces what is there. `breaks` as it was when the page was asked for. */
  | { type: 'firstPage'; page: FeedPage; breaks: number }
  /** An older page, asked for with `cursor`. */
  | { type: 'olderPage'; page: FeedPage; cursor: string }
  | { type: 'changes'; changes: FeedChanges; breaks: number }
  | { type: 'item'; push: ItemPush }
  | { type: 'removed'; push: RemovedPush }
  /** With `upTo`, items changed after that position stay as they are. */
  | { type: 'marked'; push: MarkedPush; upTo?: string }
  | { type: 'counts'; push: CountsPush }
  /** Pushes may have been lost. */
  | { type: 'broken' }
  /** Positions so far say nothing any more: what the next page holds is right. */
  | { type: 'reset' };
