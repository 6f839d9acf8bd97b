import type { Millis } from '../model/units.ts';

/** Knows for each space when its next snoozed item is due, so that workers find it without a query per space. */
export interface SnoozeEnds {
  /** An item of the space is due at this time. Ignored if the space has an earlier one. */
  add(space: string, until: Millis): Promise<void>;
}
