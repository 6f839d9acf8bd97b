/** Starting to follow: what `track` and `POST /v1/trackers` do once the input is parsed. */
import { limits } from '../../protocol/limits.ts';
import type { ParsedTrack } from '../../protocol/schemas/trackers.ts';
import { checkNames, checkSelf, type Principal } from '../access.ts';
import { HubError } from '../errors.ts';
import { keyOf, trackerId } from '../keys.ts';
import { checkRefLinks } from '../links.ts';
import type { Stores, TrackerPut } from '../ports/stores.ts';
import { presentTracker } from '../present.ts';
import { type Changed, changeTrackers } from './changing.ts';
import type { TrackDeps } from './deps.ts';
import { checkTrackingLog, checkTrackingRoom, logTracking, STARTED } from './log.ts';
import { roomFor } from './room.ts';

/** Trackers that one call asks for of one user. */
export interface TrackCall {
  user: string;
  input: ParsedTrack;
  /** Where the call stands in the input: in front of the paths of its fields. */
  root: string;
}

/**
 * Creates trackers, or replaces all settings of those that exist; all of the calls or none. What is named twice gets what
 * was said last.
 * @throws HubError forbidden; gone where an object or user was deleted; limit_reached where a user would have too many;
 * overloaded where it is to be logged and too much waits
 */
export async function track(
  deps: TrackDeps,
  principal: Principal,
  calls: readonly TrackCall[],
): Promise<Changed> {
  for (const { user, input, root } of calls) {
    checkSelf(principal, 'track', user);
    checkNames(principal, input.to, `${root}to`);
    checkRefLinks(deps, principal, input.to, (index) => `${root}to[${index}]`);
    if (input.log) checkTrackingLog(principal, STARTED, root);
  }
  const { space } = principal;
  const { settings } = deps;
  const now = deps.now();
  const wanted = new Map<string, Wanted>();
  for (const call of calls) for (const each of wantedBy(call, now)) wanted.set(each.put.id, each);
  const stores = await deps.spaces.writer(space);
  refuse(await refused(deps, stores, wanted), wanted);
  const room = await roomFor(deps, stores.trackers, [...wanted.values()]);
  const told = [...wanted.values()].flatMap(({ put, log }) => (log ? put : []));
  await checkTrackingRoom(deps, principal, STARTED, told);
  const pairs = [...wanted.values()].map(({ put }) => ({ user: put.user, key: keyOf(put.tracked) }));
  const { written, awaits } = await changeTrackers(deps, space, pairs, async () => {
    const puts = [...wanted.values()].map(({ put }) => put);
    const created = await stores.trackers.put(puts, () => deps.clock.now(space));
    await stores.trackers.date([...wanted.keys()], await deps.clock.now(space));
    const found = new Map((await stores.trackers.get([...wanted.keys()])).map((each) => [each.id, each]));
    const stored = [...wanted.keys()].flatMap((id) => found.get(id) ?? []);
    // Deleted meanwhile: whoever did may have looked for trackers before these were there.
    const late = await deletedAmong(deps, stores, wanted, leavesNone);
    await stores.trackers.remove(late);
    refuse(late, wanted);
    await room.recheck(created);
    return { created, stored };
  });
  const created = written.stored.filter(({ id }) => written.created.has(id) && wanted.get(id)?.log);
  const logged = await logTracking(deps, principal, STARTED, created);
  return {
    trackers: written.stored.map((each) => presentTracker(each, settings)),
    awaits: [...awaits, ...logged],
  };
}

interface Wanted {
  put: TrackerPut;
  log: boolean;
  /** Of the object in the input. */
  path: string;
}

function wantedBy({ user, input, root }: TrackCall, now: number): Wanted[] {
  const { to, verbs, actorOnly, log, since = null } = input;
  return to.map((tracked, index) => {
    const id = trackerId(user, keyOf(tracked));
    const put = { id, user, tracked, verbs, actorOnly, createdAt: now, since };
    return { put, log, path: `${root}to[${index}]` };
  });
}

type Deletion = { actions: 'keep' | 'delete'; isUser: boolean };
const isDeleted = () => true;
/** Whether its trackers go with it. */
const leavesNone = ({ actions, isUser }: Deletion) => isUser || actions === 'delete';

/** Ids of trackers that cannot be: those that are there stay, and may change, where their object's actions do. */
async function refused(
  deps: TrackDeps,
  stores: Stores,
  wanted: ReadonlyMap<string, Wanted>,
): Promise<string[]> {
  const deleted = await deletedAmong(deps, stores, wanted, isDeleted);
  if (deleted.length === 0) return [];
  const never = new Set(await deletedAmong(deps, stores, wanted, leavesNone));
  const existing = new Set((await stores.trackers.get(deleted)).map(({ id }) => id));
  return deleted.filter((id) => never.has(id) || !existing.has(id));
}

/** Ids of trackers whose user, or whose object, was deleted. */
async function deletedAmong(
  { settings }: TrackDeps,
  stores: Stores,
  wanted: ReadonlyMap<string, Wanted>,
  concerns: (deletion: Deletion) => boolean,
): Promise<string[]> {
  const userKey = (user: string) => keyOf({ type: settings.userType, id: user });
  const keys = new Set<string>();
  for (const { put } of wanted.values()) keys.add(userKey(put.user)).add(keyOf(put.tracked));
  const deleted = await stores.objects.deleted([...keys]);
  if (deleted.size === 0) return [];
  return [...wanted.values()].flatMap(({ put }) => {
    const [user, object] = [deleted.get(userKey(put.user)), deleted.get(keyOf(put.tracked))];
    const isConcerned =
      (user && concerns({ actions: user.actions, isUser: true })) ||
      (object && concerns({ actions: object.actions, isUser: false }));
    return isConcerned ? put.id : [];
  });
}

function refuse(ids: readonly string[], wanted: ReadonlyMap<string, Wanted>): void {
  if (ids.length === 0) return;
  const fields = ids.map((id) => ({ path: wanted.get(id)?.path ?? 'to', message: 'was deleted' }));
  throw new HubError('gone', 'an object or user was deleted', fields.slice(0, limits.fields));
}
