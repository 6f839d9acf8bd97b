/** One chunk of a fan-out: decides how items arrive. */
import { type Arrival, arrivalOf } from './feed/arrival.ts';
import { partVisible } from './feed/membership.ts';
import type { FeedWriter, Removal, WriterDeps } from './feed/writer.ts';
import { itemId, trackerId } from './keys.ts';
import { isOwn, matchingOf, placeOf, rolesByKey } from './matching.ts';
import type { StoredAction, TrackerMatch } from './model.ts';
import type { Stores } from './ports/stores.ts';
import type { Settings } from './settings.ts';

/** An action and a user it reaches: by this tracker, or (`null`) by being named in `notify`. */
export interface Pairing {
  action: StoredAction;
  user: string;
  tracker: TrackerMatch | null;
}

/** The pairings of one item. */
export type Pairings = readonly [Pairing, ...Pairing[]];

export interface ChunkOptions {
  /** A position taken before trackers and actions were read. */
  since: number;
  /** An earlier run may have brought the same into feeds. */
  again: boolean;
  /** A position from before the work began: what is there already and changed since then is told (again). */
  begun: number;
}

/** Brings a chunk into feeds. Answers the actions of which `visible` could not say who may see them. */
export async function writeChunk(
  deps: WriterDeps,
  stores: Stores,
  writer: FeedWriter,
  chunk: readonly Pairings[],
  { since, again, begun }: ChunkOptions,
): Promise<readonly string[]> {
  const pairs = chunk.map((pairings) => ({ ...pairings[0], pairings }));
  const { visible, hidden, unknown } = await partVisible(deps, pairs);
  const arrivals = await arrivalsOf(deps.settings, stores, visible);
  const isMerged = chunk.some(([{ action }]) => action.count > 1);
  await writer.write(
    {
      arrivals,
      actions: new Map(chunk.map(([{ action }]) => [action.id, action])),
      // What a merged action has become may be hidden from some who had it in their feeds before.
      removals: isMerged || again ? hidden.map(removalOf) : [],
    },
    { since, begun, mayExist: again || isMerged },
  );
  return unknown.map(({ action }) => action.id);
}

type Paired = Pairing & { pairings: Pairings };

async function arrivalsOf(settings: Settings, stores: Stores, pairs: readonly Paired[]): Promise<Arrival[]> {
  const doubtful = pairs.filter(({ pairings }) => isDoubtful(pairings, settings));
  const others = await trackersOf(stores, doubtful);
  const isInDoubt = new Set(doubtful);
  return pairs.flatMap((pair) => {
    const { action, user, pairings } = pair;
    const matching = isInDoubt.has(pair)
      ? matchingOf(others.get(user) ?? [], action)
      : pairings.flatMap(({ tracker }) => tracker ?? []);
    return arrivalOf(action, user, matching, settings) ?? [];
  });
}

/**
 * Whether an item arrives unread depends on every matching tracker of its user, and a chunk may hold only one of
 * them. Where that one says "read", all trackers of the user are looked up.
 */
function isDoubtful(pairings: Pairings, settings: Settings): boolean {
  const [{ action, user }] = pairings;
  if (isOwn(action, user, settings) && settings.ownActions !== 'unread') return false;
  if (action.notify.includes(user)) return false;
  return !pairings.some(({ tracker }) => tracker && placeOf(action, settings) >= tracker.since);
}

async function trackersOf(stores: Stores, pairs: readonly Paired[]): Promise<Map<string, TrackerMatch[]>> {
  const ids = new Set<string>();
  const found = new Map<string, TrackerMatch[]>();
  for (const { action, user } of pairs) {
    found.set(user, []);
    for (const key of rolesByKey(action).keys()) ids.add(trackerId(user, key));
  }
  if (ids.size === 0) return found;
  for (const tracker of await stores.trackers.byIds([...ids])) found.get(tracker.user)?.push(tracker);
  return found;
}

const removalOf = ({ action, user }: Paired): Removal => ({
  id: itemId(action.id, user),
  user,
  action: action.id,
});
