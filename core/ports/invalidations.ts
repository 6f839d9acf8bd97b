import type { Position } from '../model/units.ts';

/** Names, and the position of each until which reads of it are not current. That of a change in progress lies ahead. */
export type Invalidated = ReadonlyMap<string, Position>;

/**
 * A process that reads trackers or actions and then writes misses changes in between. So changes of trackers,
 * removals and deletions are recorded before and after. A process that wrote items queries them and
 * revalidates, and one that stored actions reads again (decision 15).
 */
export interface Invalidations {
  /** These names are being changed (`userInvalidation`, …). Active for a minute, or until `end`. */
  begin(space: string, names: readonly string[]): Promise<void>;
  /** The change is complete. Readers that began earlier still see it. */
  end(space: string, names: readonly string[]): Promise<void>;
  /** Returns what was or is being changed since the position; `null` if the position is too old. */
  since(space: string, position: Position): Promise<Invalidated | null>;
}

export const userInvalidation = (user: string): string => `u:${user}`;
export const actionInvalidation = (id: string): string => `a:${id}`;
export const objectInvalidation = (key: string): string => `o:${key}`;
/** The trackers of an object or class. Who changes one names its user as well. */
export const trackersInvalidation = (key: string): string => `k:${key}`;
