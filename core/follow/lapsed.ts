/**
 * Items that are in a feed although they left it in between: the tracker that held them ended, and another one holds them by
 * now (decision 41). They come in anew, as by rule 3.
 */
import { itemId, trackerId } from '../keys.ts';
import { matches, rolesByKey } from '../matching.ts';
import type { EndedVersion, StoredAction, StoredItem, TrackerVersion } from '../model.ts';
import type { PositionClock } from '../ports/bus.ts';
import type { Stores, TrackerStore } from '../ports/stores.ts';

interface LapsedDeps {
  clock: PositionClock;
}

/** What the user's trackers were and are, as far as it matters here. */
interface Versions {
  ended: readonly EndedVersion[];
  standing: readonly TrackerVersion[];
}

/**
 * Of items, all of `user`, that belong in its feed and are there, those that left it since they came in or were bumped, each
 * with a position after it left and before it came back. `items`: by their ids; `actions`: what they show.
 */
export async function lapsedAmong(
  { clock }: LapsedDeps,
  { trackers }: Stores,
  place: { space: string; user: string },
  actions: readonly StoredAction[],
  items: ReadonlyMap<string, StoredItem>,
): Promise<Map<string, number>> {
  const { space, user } = place;
  const lapsed = new Map<string, number>();
  const own = actions.filter((action) => items.has(itemId(action.id, user)) && !action.notify.includes(user));
  if (own.length === 0) return lapsed;
  const versions = await versionsOf(trackers, user, own, () => clock.now(space));
  if (versions.ended.length === 0) return lapsed;
  for (const action of own) {
    const id = itemId(action.id, user);
    const end = lastLapse(action, versions);
    if (end > (items.get(id)?.entered ?? Infinity)) lapsed.set(id, end);
  }
  return lapsed;
}

/** Of versions that ended, those of this tracker that really did: a note may be of an end that did not come about. */
export async function endedOf(
  trackers: TrackerStore,
  user: string,
  keys: readonly string[],
): Promise<readonly string[]> {
  const ended = (await trackers.ended(user)).filter((each) => keys.includes(each.key));
  if (ended.length === 0) return [];
  const standing = await trackers.versions(keys.map((key) => trackerId(user, key)));
  const stands = new Set(standing.map(({ version }) => version));
  return ended.flatMap(({ version }) => (stands.has(version) ? [] : version));
}

/**
 * Read until nothing ended in between: a version that ends while this is read could otherwise be in neither list. `from` is
 * set where it is missing, so that everyone who decides decides alike.
 */
async function versionsOf(
  trackers: TrackerStore,
  user: string,
  actions: readonly StoredAction[],
  now: () => Promise<number>,
): Promise<Versions> {
  for (let ended = await trackers.ended(user); ; ) {
    if (ended.length === 0) return { ended, standing: [] };
    const keys = new Set(actions.flatMap((action) => [...rolesByKey(action).keys()]));
    const ids = [...keys].map((key) => trackerId(user, key));
    let standing = await trackers.versions(ids);
    const undated = standing.flatMap(({ key, from }) => (from === null ? trackerId(user, key) : []));
    if (undated.length > 0) {
      await trackers.date(undated, await now());
      standing = await trackers.versions(ids);
    }
    const again = await trackers.ended(user);
    const isSettled = standing.every(({ from }) => from !== null) && isSame(again, ended);
    ended = again;
    if (!isSettled) continue;
    const stands = new Set(standing.map(({ version }) => version));
    return { ended: ended.filter(({ version }) => !stands.has(version)), standing };
  }
}

/** The last position at which the action was held by nothing; 0 where it never was. */
function lastLapse(action: StoredAction, { ended, standing }: Versions): number {
  const roles = rolesByKey(action);
  const holds = (version: TrackerVersion) => matches(version, roles.get(version.key), action.verb);
  const endOf = new Map(ended.map((each) => [each.version, each.end]));
  const holding = [...standing, ...ended].filter(holds);
  let last = 0;
  for (const { key, version, end, endedBy } of ended.filter(holds)) {
    const isHeld = holding.some((other) => {
      if (other.previous === version) return true;
      if (other.key === key) return false;
      if (other.begunBy !== endedBy && (other.from ?? Infinity) > end) return false;
      return standing.includes(other) || (endOf.get(other.version) ?? 0) > end;
    });
    if (!isHeld) last = Math.max(last, end);
  }
  return last;
}

const isSame = (left: readonly EndedVersion[], right: readonly EndedVersion[]): boolean =>
  left.length === right.length && left.every(({ version }, index) => version === right[index]?.version);
