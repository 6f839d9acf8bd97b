import type { Invalidations } from '../ports/bus.ts';

/**
 * Makes a change that takes something away: trackers, actions or objects. Who reads them meanwhile in order to write items
 * revalidates those items afterwards (decision 15). If `change` throws, the names stay invalidated for a minute.
 */
export async function invalidating<T>(
  invalidations: Pick<Invalidations, 'begin' | 'end'>,
  space: string,
  names: readonly string[],
  change: () => Promise<T>,
): Promise<T> {
  await invalidations.begin(space, names);
  const changed = await change();
  await invalidations.end(space, names);
  return changed;
}
