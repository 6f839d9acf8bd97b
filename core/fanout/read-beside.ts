/**
 * Fan-out needs the trackers and the deleted objects of an action as they are after the action is stored: a later call
 * finds the stored action. Reading them beside the write, or remembering them, is faster, but a call may come between:
 *
 *     fan-out   reads the trackers ·················· stores the action
 *     track                        puts a tracker, finds no past actions
 *
 * Such a call invalidates the names of what it changes, before it changes anything and until after (decision 15). So if no name
 * was invalidated between the reads and the moment when the actions are stored, the reads are what they would be then. Fan-out
 * does not wait for that check. It writes, and its revalidation queries the names anyway. If a read was stale, fan-out repeats
 * with new reads.
 */
import { type DeletedObjects, deletableKeys } from '../deletion/apply-deletions.ts';
import { objectKeys } from '../model/deleted-refs.ts';
import type { DeletedObject, LoggedAction, StoredAction, TrackerMatch } from '../model/entities.ts';
import { groupBy } from '../model/group-by.ts';
import { actionKeys } from '../model/keys.ts';
import { earlier, type Position } from '../model/units.ts';
import type { Invalidated } from '../ports/invalidations.ts';
import type { SpaceContext } from '../ports/stores.ts';
import { type FanOutDeps, inlineLimits } from './batch.ts';
import { RecentReads } from './recent-reads.ts';

export interface ReadBesideDeps extends FanOutDeps {
  /** Of this process. */
  recentReads: RecentReads;
}

/** What fan-out reads about actions. */
export interface FanOutReads {
  /** Trackers that may match; null if there are too many to serve inline. */
  audience: readonly TrackerMatch[] | null;
  deletedObjects: DeletedObjects;
  /** A position from before all these reads. */
  readPosition: Position;
  /**
   * Returns true if a read is stale. `invalidated`: since `readPosition`, queried after the actions were stored. Missing if all was
   * read after that.
   */
  isStale?: (invalidated: Invalidated | null) => boolean;
}

interface Incoming {
  actions: readonly LoggedAction[];
  /** A position taken before this call. */
  readPosition: Position;
}

interface ReadBesideSteps<T> {
  /** Stores the actions and returns what became of them. */
  store(): Promise<T>;
  /** Called with the reads for the incoming actions, which may be stale. */
  onRead(reads: FanOutReads): void;
}

/** Stores these actions, and reads what fan-out needs meanwhile. */
export async function readBeside<T extends { actions: readonly StoredAction[] }>(
  deps: ReadBesideDeps,
  context: SpaceContext,
  incoming: Incoming,
  { store, onRead }: ReadBesideSteps<T>,
): Promise<T & { reads: FanOutReads }> {
  const reading = readForFanOut(deps, context, incoming).then((reads) => {
    onRead(reads);
    return reads;
  });
  // If `store` fails, nothing awaits it.
  reading.catch(() => undefined);
  const stored = await store();
  const reads = covers(deps, incoming.actions, stored.actions)
    ? await reading
    : await readStored(deps, context, { ...incoming, actions: stored.actions });
  return { ...stored, reads };
}

/** Reads what fan-out needs about actions that are stored. So nothing of it is stale. */
export async function readStored(
  deps: ReadBesideDeps,
  context: SpaceContext,
  stored: Incoming,
): Promise<FanOutReads> {
  const { isStale: _, ...reads } = await readForFanOut(
    { ...deps, recentReads: new RecentReads() },
    context,
    stored,
  );
  return reads;
}

async function readForFanOut(
  deps: ReadBesideDeps,
  { space, stores }: SpaceContext,
  { actions, readPosition }: Incoming,
): Promise<FanOutReads> {
  const { trackers, objects } = deps.recentReads;
  const limits = inlineLimits(actions.length, deps.bounds);
  const keys = [...new Set(readable(deps, actions).flatMap(actionKeys))];
  const [audience, deletions] = await Promise.all([
    trackers.read(space, keys, readPosition, async (missing, known) => {
      const limit = limits.trackers - known.reduce((sum, each) => sum + each.length, 0);
      const found = limit < 0 ? [] : await stores.trackers.findByKeys(missing, limit + 1);
      return found.length > limit ? null : groupBy(found, ({ key }) => key);
    }),
    objects.read(space, deletableKeys(deps, actions), readPosition, (missing) =>
      stores.objects.deleted(missing),
    ),
  ]);
  const matches = audience?.flatMap(({ value }) => value) ?? null;
  const isTooLarge =
    matches === null ||
    matches.length > limits.trackers ||
    audience?.some(({ value }) => value.length > limits.trackersOfKey);
  const deletedObjects = (deletions ?? []).flatMap(({ value }) => value ?? []);
  const reads = [...(audience ?? []), ...(deletions ?? [])];
  return {
    audience: isTooLarge ? null : matches,
    deletedObjects: new Map(deletedObjects.map((object): [string, DeletedObject] => [object.key, object])),
    readPosition: reads.map(({ position }) => position).reduce(earlier, readPosition),
    isStale: (invalidated) => {
      const areTrackersStale = trackers.isStale(space, audience ?? [], invalidated, readPosition);
      return objects.isStale(space, deletions ?? [], invalidated, readPosition) || areTrackersStale;
    },
  };
}

/** Returns true if reads for the incoming actions include those for the stored ones, which may have merged. */
function covers(
  deps: FanOutDeps,
  incoming: readonly LoggedAction[],
  stored: readonly StoredAction[],
): boolean {
  const readableKeys = new Set(readable(deps, incoming).flatMap(actionKeys));
  const objects = new Set(incoming.flatMap(objectKeys));
  const notified = new Set(incoming.flatMap((action) => action.notify));
  return (
    readable(deps, stored).every((action) => actionKeys(action).every((key) => readableKeys.has(key))) &&
    stored.every((action) => objectKeys(action).every((key) => objects.has(key))) &&
    stored.every((action) => action.notify.every((user) => notified.has(user)))
  );
}

/** Returns the actions that belong in feeds. */
export const readable = <T extends Pick<StoredAction, 'level'>>(
  { settings }: Pick<FanOutDeps, 'settings'>,
  actions: readonly T[],
): T[] => actions.filter((action) => action.level >= settings.readableLevel);
