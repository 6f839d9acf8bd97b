import type { Invalidations } from '../ports/invalidations.ts';

/**
 * Makes a change of trackers, or takes away actions or objects. Writers of items who read them meanwhile
 * revalidate the items (decision 15). If `change` throws, the names stay invalidated for a minute.
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
