/** What was written to clients and not taken by the network yet, at this gateway: pushes and answers. */
import { Holders } from './holders.ts';

/** Bytes of all of it; beyond that those that stalled first are disconnected. */
const MAX_UNSENT = 64 * 1_048_576;
/** Less than this for one client is not counted: nearly every answer and push is taken at once. */
export const COUNTED = 65_536;

export interface Receiver {
  /** Ends its connection at once, with all that waits for it. */
  discard(): void;
}

export type Unsent = Holders<Receiver>;

export const unsentOutput = (): Unsent => new Holders(MAX_UNSENT, (receiver) => receiver.discard());
