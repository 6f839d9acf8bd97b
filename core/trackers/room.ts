/** How many trackers a user may have. */
import { limits } from '../../protocol/limits.ts';
import { HubError } from '../errors.ts';
import type { TrackerPut, TrackerStore } from '../ports/stores.ts';

/**
 * Calls of one moment that cannot see each other's trackers. Counting again after the write costs a query, so it is done
 * where as many calls like this one together would exceed the bound.
 */
const AT_ONCE = 64;

interface Wanted {
  put: TrackerPut;
  /** Of the object in the input. */
  path: string;
}

export interface Room {
  /**
   * Counts once more after these trackers were created, and removes them where others were created meanwhile and the
   * user has too many now. So the bound is exceeded only where more than 64 calls like this one overlap.
   * @throws HubError limit_reached
   */
  recheck(created: ReadonlySet<string>): Promise<void>;
}

/** @throws HubError limit_reached where a user would have more trackers than it may */
export async function roomFor(
  { trackersPerUser: most }: { trackersPerUser: number },
  trackers: TrackerStore,
  wanted: readonly Wanted[],
): Promise<Room> {
  const byUser = new Map<string, Wanted[]>();
  for (const each of wanted) {
    const known = byUser.get(each.put.user);
    if (known) known.push(each);
    else byUser.set(each.put.user, [each]);
  }
  const counts = await trackers.countsOf([...byUser.keys()], most);
  const doubtful: string[] = [];
  const refused: Wanted[] = [];
  for (const [user, all] of byUser) {
    const count = counts.get(user) ?? 0;
    if (count + all.length * AT_ONCE > most) doubtful.push(user);
    if (count + all.length <= most) continue;
    const existing = new Set((await trackers.get(all.map(({ put }) => put.id))).map(({ id }) => id));
    const added = all.filter(({ put }) => !existing.has(put.id));
    if (added.length > 0 && count + added.length > most) refused.push(...added);
  }
  refuse(refused, most);
  return {
    async recheck(created) {
      if (created.size === 0 || doubtful.length === 0) return;
      const now = await trackers.countsOf(doubtful, most);
      const over = doubtful
        .filter((user) => (now.get(user) ?? 0) > most)
        .flatMap((user) => byUser.get(user) ?? [])
        .filter(({ put }) => created.has(put.id));
      await trackers.remove(over.map(({ put }) => put.id));
      refuse(over, most);
    },
  };
}

function refuse(wanted: readonly Wanted[], most: number): void {
  if (wanted.length === 0) return;
  const message = `a user has at most ${most} trackers`;
  const fields = wanted.slice(0, limits.fields).map(({ path }) => ({ path, message }));
  throw new HubError('limit_reached', message, fields);
}
