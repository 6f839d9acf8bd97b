/** Starts tracking: `track` and `POST /v1/trackers`, after the input was parsed. */
import { limits } from '../../protocol/limits.ts';
import type { ParsedTrack } from '../../protocol/schemas/trackers.ts';
import { checkRefLinks } from '../access/links.ts';
import { checkNames, checkSelf, type Principal } from '../access/principal.ts';
import { HubError } from '../errors.ts';
import { keyOf, trackerId } from '../model/keys.ts';
import type { Millis } from '../model/units.ts';
import type { DisplayDeps, TrackDeps } from '../ports/deps.ts';
import type { Stores } from '../ports/stores.ts';
import type { TrackerPut } from '../ports/trackers.ts';
import { displaysFor, displayTrackers } from '../rendering/displays.ts';
import { presentTracker } from '../rendering/present.ts';
import { acceptTrackingActions, checkTrackingCapacity, checkTrackingLog, STARTED } from './accept-action.ts';
import { checkTrackerLimit } from './limit.ts';
import { type TrackResult, withTrackerChanges } from './with-changes.ts';

/** The trackers requested for one user. */
export interface TrackCall {
  user: string;
  input: ParsedTrack;
  /** Precedes the field paths in errors. */
  pathPrefix: string;
}

/**
 * Creates trackers, or replaces all settings of existing ones. Applies all calls or none. The last settings
 * of an object apply.
 * @throws HubError forbidden; gone if an object or user was deleted; limit_reached if a user would have too
 * many trackers; overloaded if `log` is set and too many actions are pending
 */
export async function track(
  deps: TrackDeps & DisplayDeps,
  principal: Principal,
  calls: readonly TrackCall[],
): Promise<TrackResult> {
  for (const { user, input, pathPrefix } of calls) {
    checkSelf(principal, 'track', user);
    checkNames(principal, input.to, `${pathPrefix}to`);
    checkRefLinks(deps, principal, input.to, (index) => `${pathPrefix}to[${index}]`);
    if (input.log) checkTrackingLog(principal, STARTED, pathPrefix);
  }
  const { space } = principal;
  const { settings } = deps;
  const now = deps.now();
  const requested = new Map<string, RequestedTracker>();
  for (const call of calls) for (const each of requestedTrackers(call, now)) requested.set(each.put.id, each);
  const stores = await deps.spaces.writer(space);
  rejectDeleted(await findRejected(deps, stores, requested), requested);
  const trackerLimit = await checkTrackerLimit(deps, stores.trackers, [...requested.values()]);
  const toLog = [...requested.values()].flatMap(({ put, log }) => (log ? put : []));
  await checkTrackingCapacity(deps, principal, STARTED, toLog);
  const pairs = [...requested.values()].map(({ put }) => ({ user: put.user, key: keyOf(put.tracked) }));
  const { written, pendingIds } = await withTrackerChanges(deps, space, pairs, async () => {
    const puts = [...requested.values()].map(({ put }) => put);
    const created = await stores.trackers.put(puts, () => deps.clock.now(space));
    await stores.trackers.setStartPosition([...requested.keys()], await deps.clock.now(space));
    const found = new Map((await stores.trackers.get([...requested.keys()])).map((each) => [each.id, each]));
    const stored = [...requested.keys()].flatMap((id) => found.get(id) ?? []);
    // A concurrent deletion may have removed trackers before these were stored, so they are removed here.
    const deletedMeanwhile = await findDeleted(deps, stores, requested, removesTrackers);
    await stores.trackers.remove(deletedMeanwhile);
    rejectDeleted(deletedMeanwhile, requested);
    await trackerLimit.enforce(created);
    return { created, stored };
  });
  const created = written.stored.filter(({ id }) => written.created.has(id) && requested.get(id)?.log);
  const actionIds = await acceptTrackingActions(deps, principal, STARTED, created);
  const trackers = written.stored.map((each) => presentTracker(each, settings));
  return {
    trackers: await displayTrackers(displaysFor(deps, principal), trackers),
    pendingIds: [...pendingIds, ...actionIds],
  };
}

interface RequestedTracker {
  put: TrackerPut;
  log: boolean;
  /** The path of the object in the input. */
  path: string;
}

function requestedTrackers({ user, input, pathPrefix }: TrackCall, now: Millis): RequestedTracker[] {
  const { to, verbs, actorOnly, log, since = null } = input;
  return to.map((tracked, index) => {
    const id = trackerId(user, keyOf(tracked));
    const put = { id, user, tracked, verbs, actorOnly, createdAt: now, since };
    return { put, log, path: `${pathPrefix}to[${index}]` };
  });
}

type Deletion = { actions: 'keep' | 'delete'; isUser: boolean };
const anyDeletion = () => true;
/** Returns true if the deletion also removes trackers. */
const removesTrackers = ({ actions, isUser }: Deletion) => isUser || actions === 'delete';

/** Returns the ids of trackers that must not be written. With `keep`, existing trackers may change. */
async function findRejected(
  deps: TrackDeps,
  stores: Stores,
  requested: ReadonlyMap<string, RequestedTracker>,
): Promise<string[]> {
  const deleted = await findDeleted(deps, stores, requested, anyDeletion);
  if (deleted.length === 0) return [];
  const permanentlyGone = new Set(await findDeleted(deps, stores, requested, removesTrackers));
  const existing = new Set((await stores.trackers.get(deleted)).map(({ id }) => id));
  return deleted.filter((id) => permanentlyGone.has(id) || !existing.has(id));
}

/** Returns the ids of trackers whose user or object has a deletion that `applies` accepts. */
async function findDeleted(
  { settings }: TrackDeps,
  stores: Stores,
  requested: ReadonlyMap<string, RequestedTracker>,
  applies: (deletion: Deletion) => boolean,
): Promise<string[]> {
  const userKey = (user: string) => keyOf({ type: settings.userType, id: user });
  const keys = new Set<string>();
  for (const { put } of requested.values()) keys.add(userKey(put.user)).add(keyOf(put.tracked));
  const deleted = await stores.objects.deleted([...keys]);
  if (deleted.size === 0) return [];
  return [...requested.values()].flatMap(({ put }) => {
    const [user, object] = [deleted.get(userKey(put.user)), deleted.get(keyOf(put.tracked))];
    const isAffected =
      (user && applies({ actions: user.actions, isUser: true })) ||
      (object && applies({ actions: object.actions, isUser: false }));
    return isAffected ? put.id : [];
  });
}

function rejectDeleted(ids: readonly string[], requested: ReadonlyMap<string, RequestedTracker>): void {
  if (ids.length === 0) return;
  const fields = ids.map((id) => ({ path: requested.get(id)?.path ?? 'to', message: 'was deleted' }));
  throw new HubError('gone', 'an object or user was deleted', fields.slice(0, limits.fields));
}
