import { limits } from '../../../protocol/limits.ts';

/** Limits of marks. */
export const markBounds = {
  /** Items that a mark without ids changes by their ids, and pushes one by one. */
  listed: limits.marks,
  /** Items per write beyond those. A write must end long before readers pass its position (`MAX_IN_FLIGHT_MS`). */
  perWrite: 20_000,
};
