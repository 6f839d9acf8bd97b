import type { Display } from '../model/entities.ts';

/** The displays of registered objects, as processes know them (decision 57). */
export interface Displays {
  /**
   * Returns the registered displays of these objects, by key. `keysOf` returns their keys. It is not called if the space has no
   * registered objects, as most spaces.
   */
  find(
    space: string,
    keysOf: () => readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, Display>>;
  /** Call it after displays have changed. Resolves when no process uses the earlier ones. */
  invalidate(space: string): Promise<void>;
}
