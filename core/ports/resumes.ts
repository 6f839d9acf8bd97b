import type { Counts } from '../../protocol/entities.ts';
import type { Principal } from '../access/principal.ts';
import type { RemovedItem, StoredItem } from '../model/entities.ts';
import type { ChangeCursor } from '../model/positions.ts';
import type { Position } from '../model/units.ts';
import type { ActionStore } from './actions.ts';

/** A client that returns and requests what it missed. */
export interface Resume {
  user: string;
  from: ChangeCursor;
}

/** What a response to it consists of. */
export interface FeedState {
  /** Taken before the rest was read. */
  watermark: Position;
  changes: ReadonlyArray<StoredItem | RemovedItem>;
  counts: Counts;
  resyncBefore: Position;
  /** Reads the actions of the changes. */
  actions: Pick<ActionStore, 'byIds'>;
}

/** Lets clients resume in turn. Clients of a space that resume at the same time are read together. */
export interface Resumes {
  /**
   * Calls `respond` once, when it is the client's turn, and returns its result. `state` is what was read for the client together
   * with others. It is `null` if the client must be read by itself.
   * @throws HubError rate_limited if too many wait; the signal's reason if the client disconnects first
   */
  inTurn<T>(
    principal: Principal,
    resume: Resume,
    respond: (state: FeedState | null) => Promise<T>,
  ): Promise<T>;
}
