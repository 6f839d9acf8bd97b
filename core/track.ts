/** Starting and stopping to follow: what `track` and `untrack` do once the input is parsed. */
import type { TrackersAnswer } from '../protocol/entities.ts';
import type { ParsedTrack, ParsedUntrack } from '../protocol/schemas/calls.ts';
import { checkNames, checkSelf, type Principal } from './access.ts';
import { HubError } from './errors.ts';
import { keyOf, trackerId } from './keys.ts';
import type { StoredTracker } from './model.ts';
import type { Now } from './ports/bus.ts';
import type { Spaces } from './ports/stores.ts';
import { presentTracker } from './present.ts';
import type { Settings } from './settings.ts';

export interface TrackDeps {
  spaces: Spaces;
  settings: Settings;
  now: Now;
}

/** Creates trackers, or replaces all settings of those that exist. @throws HubError forbidden */
export async function track(
  deps: TrackDeps,
  principal: Principal,
  user: string,
  input: ParsedTrack,
): Promise<TrackersAnswer> {
  checkSelf(principal, 'track', user);
  checkNames(principal, input.to, 'to');
  const now = deps.now();
  const objects = new Map(input.to.map((object) => [keyOf(object), object]));
  const existing = await deps.spaces.reader(principal.space).trackers.find(user, [...objects.keys()]);
  const created = new Map(existing.map((each) => [each.id, each.createdAt]));
  const wanted = [...objects].map(([key, object]): StoredTracker => {
    const id = trackerId(user, key);
    const createdAt = created.get(id) ?? now;
    const { verbs, actorOnly, since = createdAt } = input;
    return { id, user, tracked: object, verbs, actorOnly, createdAt, since };
  });
  const { trackers } = await deps.spaces.writer(principal.space);
  const stored = await trackers.put(wanted);
  return { trackers: stored.map((each) => presentTracker(each, deps.settings)) };
}

/**
 * Stops following, or with `verbs` following those. Answers what is left of the trackers named.
 * @throws HubError forbidden; unprocessable where verbs are taken from a tracker of all verbs
 */
export async function untrack(
  deps: TrackDeps,
  principal: Principal,
  user: string,
  input: ParsedUntrack,
): Promise<TrackersAnswer> {
  checkSelf(principal, 'track', user);
  const keys = [...new Set(input.from.map(keyOf))];
  const existing = await deps.spaces.reader(principal.space).trackers.find(user, keys);
  if (existing.length === 0) return { trackers: [] };
  const { trackers } = await deps.spaces.writer(principal.space);
  const stopped = input.verbs;
  if (stopped === undefined) {
    await trackers.remove(user, keys);
    return { trackers: [] };
  }
  const ofAll = existing.find((each) => each.verbs.length === 0);
  if (ofAll) {
    throw new HubError(
      'unprocessable',
      `the tracker of ${keyOf(ofAll.tracked)} is of all verbs: stop it whole`,
      [{ path: 'verbs', message: `cannot be taken from a tracker of all verbs (${keyOf(ofAll.tracked)})` }],
    );
  }
  const changes = existing.map((each) => ({
    id: each.id,
    from: each.verbs,
    to: each.verbs.filter((verb) => !stopped.includes(verb)),
  }));
  const narrowed = await trackers.narrow(changes);
  // Someone else changed one of them meanwhile: what is left to do follows from what is there now.
  if (narrowed < changes.length) return untrack(deps, principal, user, input);
  const left = existing.flatMap((each, index) => {
    const verbs = changes[index]?.to ?? [];
    return verbs.length > 0 ? [presentTracker({ ...each, verbs }, deps.settings)] : [];
  });
  return { trackers: left };
}
