import type { Position } from '../model/units.ts';

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
  since(space: string, position: Position): Promise<string[] | null>;
}

export const userInvalidation = (user: string): string => `u:${user}`;
export const actionInvalidation = (id: string): string => `a:${id}`;
/** Returns true if only the content of an action changed: no tracker, no object and no user. */
export const concernsAction = (name: string): boolean => name.startsWith('a:');
export const objectInvalidation = (key: string): string => `o:${key}`;
