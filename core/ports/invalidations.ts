import type { Position } from '../model/units.ts';

/**
 * A process that reads trackers or actions and then writes items misses changes in between. So removals are
 * recorded before and after, and a process that wrote items queries them and revalidates (decision 15).
 */
export interface Invalidations {
  /** These names are being removed (`userInvalidation`, …). Active for a minute, or until `end`. */
  begin(space: string, names: readonly string[]): Promise<void>;
  /** The removal is complete. Readers that began earlier still see it. */
  end(space: string, names: readonly string[]): Promise<void>;
  /** Returns what was or is being removed since the position; `null` if the position is too old. */
  since(space: string, position: Position): Promise<string[] | null>;
}

export const userInvalidation = (user: string): string => `u:${user}`;
export const actionInvalidation = (id: string): string => `a:${id}`;
export const objectInvalidation = (key: string): string => `o:${key}`;
