import type { FeedChanges, FeedPage } from '../../../protocol/entities.ts';
import type { CountsPush, ItemPush, MarkedPush, RemovedPush } from '../../../protocol/sockets.ts';
import type { HubError } from '../error.ts';
import type { Flags, Named } from './entries.ts';
import type { Asked } from './stamp.ts';

/** Everything that can happen to a feed's state. */
export type FeedEvent =
  | { type: 'status'; status: 'loading' | 'loadingMore' }
  | { type: 'failed'; error: HubError }
  /** The first page: what it covers replaces what is there. */
  | { type: 'firstPage'; page: FeedPage; asked: Asked }
  /** An older page, asked for with `cursor`. */
  | { type: 'olderPage'; page: FeedPage; cursor: string; asked: Asked }
  | { type: 'changes'; changes: FeedChanges; asked: Asked }
  | { type: 'item'; push: ItemPush }
  | { type: 'removed'; push: RemovedPush }
  | { type: 'marked'; push: MarkedPush }
  /** The user marks these, or all (`ids: null`): shown at once. */
  | { type: 'mark'; id: number; ids: ReadonlySet<string> | null; flags: Flags }
  /** A mark of this client's own was carried out: on nothing that changed after `upTo`. */
  | { type: 'ownMark'; named: Named; flags: Flags; position: string; upTo: string }
  /** A mark is no longer under way: it was carried out, or with `error` was not. */
  | { type: 'unmark'; id: number; error?: HubError }
  /** Pushed, or with the answer to a mark. */
  | { type: 'counts'; push: CountsPush; isAnswer?: boolean }
  /** Pushes may have been lost; or what happened after the position `from` is not known for certain. */
  | { type: 'broken'; from?: string }
  /** Positions so far say nothing any more: what the next page holds is right. */
  | { type: 'reset' };
