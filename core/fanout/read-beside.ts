/**
 * Fan-out needs the trackers and the deleted objects of an action as they are after the action is stored: a later call
 * finds the stored action. Reading them beside the write is faster, but a call may come between:
 *
 *     fan-out   reads the trackers ·················· stores the action
 *     track                        puts a tracker, finds no past actions
 *
 * Such a call invalidates a name before it changes anything, and until after (decision 15). So when the actions are stored
 * and no name was invalidated since the reads began, both reads are what they would be now. Otherwise they are repeated.
 */
import { type DeletedObjects, findDeletedObjects } from '../deletion/apply-deletions.ts';
import { objectKeys } from '../model/deleted-refs.ts';
import type { LoggedAction, StoredAction, TrackerMatch } from '../model/entities.ts';
import { actionKeys } from '../model/keys.ts';
import type { Position } from '../model/units.ts';
import { concernsAction } from '../ports/invalidations.ts';
import type { SpaceContext, Stores } from '../ports/stores.ts';
import type { FanOutDeps } from './batch.ts';
import { audienceOf } from './fan-out.ts';

/** What fan-out reads about actions. */
interface FanOutReads {
  /** Trackers that may match; null if there are too many to serve inline. */
  audience: readonly TrackerMatch[] | null;
  deletedObjects: DeletedObjects;
}

interface Incoming {
  actions: readonly LoggedAction[];
  /** A position taken before this call. */
  readPosition: Position;
}

/** Runs `store`, which stores these actions and returns what became of them. Reads what fan-out needs meanwhile. */
export async function readBeside<T extends { actions: readonly StoredAction[] }>(
  deps: FanOutDeps,
  { space, stores }: SpaceContext,
  incoming: Incoming,
  store: () => Promise<T>,
): Promise<T & FanOutReads> {
  const reading = readForFanOut(deps, stores, incoming.actions);
  // If `store` fails, nothing awaits it.
  reading.catch(() => undefined);
  const stored = await store();
  const isCurrent =
    covers(deps, incoming.actions, stored.actions) &&
    (await deps.invalidations.since(space, incoming.readPosition))?.every(concernsAction) === true;
  return { ...stored, ...(await (isCurrent ? reading : readForFanOut(deps, stores, stored.actions))) };
}

async function readForFanOut(
  deps: FanOutDeps,
  stores: Stores,
  actions: readonly LoggedAction[],
): Promise<FanOutReads> {
  const [audience, deletedObjects] = await Promise.all([
    audienceOf(deps, stores, readable(deps, actions)),
    findDeletedObjects(deps, stores, actions),
  ]);
  return { audience, deletedObjects };
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
