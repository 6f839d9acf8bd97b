/** Memory limit for unsent output of this gateway: pushes and responses that the network has not accepted yet. */
import { ByteBudget } from './byte-budget.ts';

/** Maximum bytes of all unsent output. Beyond it, the clients that stalled first are disconnected. */
const MAX_UNSENT_BYTES = 64 * 1_048_576;
/** Less unsent output of a client is not counted: nearly every response and push is sent at once. */
export const MIN_COUNTED_BYTES = 65_536;

export interface Receiver {
  /** Closes the connection at once and discards its unsent output. */
  discard(): void;
}

export type UnsentOutput = ByteBudget<Receiver>;

export const createUnsentOutput = (): UnsentOutput =>
  new ByteBudget(MAX_UNSENT_BYTES, (receiver) => receiver.discard());
