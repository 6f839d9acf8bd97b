/** Ceasing to follow: what `untrack` does once the input is parsed. */
import type { ParsedUntrack } from '../../protocol/schemas/trackers.ts';
import { checkSelf, type Principal } from '../access.ts';
import { HubError } from '../errors.ts';
import { keyOf } from '../keys.ts';
import { checkRefLinks } from '../links.ts';
import type { StoredTracker } from '../model.ts';
import { choreName } from '../ports/queue.ts';
import type { TakePosition, TrackerStore } from '../ports/stores.ts';
import { presentTracker } from '../present.ts';
import { type Changed, changeTrackers } from './changing.ts';
import type { TrackDeps } from './deps.ts';
import { checkTrackingLog, checkTrackingRoom, logTracking, STOPPED } from './log.ts';

/**
 * Stops following, or with `verbs` following those. Answers what is left of the trackers named.
 * @throws HubError forbidden; unprocessable where verbs are taken from a tracker of all verbs; overloaded where it is
 * to be logged and too much waits
 */
export async function untrack(
  deps: TrackDeps,
  principal: Principal,
  user: string,
  input: ParsedUntrack,
): Promise<Changed> {
  checkSelf(principal, 'track', user);
  checkRefLinks(deps, principal, input.from, (index) => `from[${index}]`);
  if (input.log) checkTrackingLog(principal, STOPPED, '');
  const { space } = principal;
  const keys = [...new Set(input.from.map(keyOf))];
  const existing = await deps.spaces.reader(space).trackers.find(user, keys);
  checkVerbs(existing, input.verbs);
  // Also of those that went before: what was taken out then may still be under way.
  const awaits = keys.map((key) => choreName({ kind: 'follow', user, key }));
  if (existing.length === 0) return { trackers: [], awaits };
  if (input.log) await checkTrackingRoom(deps, principal, STOPPED, existing);
  const { trackers } = await deps.spaces.writer(space);
  const pairs = existing.map(({ tracked }) => ({ user, key: keyOf(tracked) }));
  const { written: went } = await changeTrackers(deps, space, pairs, async () => {
    const position = () => deps.clock.now(space);
    const [went, narrowed] = input.verbs
      ? await takeVerbs(trackers, existing, input.verbs, position)
      : [await takeWhole(trackers, existing, position), []];
    await trackers.date(narrowed, await position());
    return went;
  });
  const logged = input.log ? await logTracking(deps, principal, STOPPED, went) : [];
  const left = input.verbs ? await trackers.find(user, keys) : [];
  return {
    trackers: left.map((each) => presentTracker(each, deps.settings)),
    awaits: [...awaits, ...logged],
  };
}

/** Answers those that went. */
async function takeWhole(
  trackers: TrackerStore,
  existing: readonly StoredTracker[],
  position: TakePosition,
): Promise<StoredTracker[]> {
  const went = new Set(
    await trackers.end(
      existing.map(({ id }) => id),
      position,
    ),
  );
  return existing.filter(({ id }) => went.has(id));
}

/** Returns those that went, of which no verb is left, and the ids of all that changed. */
async function takeVerbs(
  trackers: TrackerStore,
  existing: readonly StoredTracker[],
  stopped: readonly string[],
  position: TakePosition,
): Promise<[went: StoredTracker[], changed: string[]]> {
  const went: StoredTracker[] = [];
  const changed: string[] = [];
  for (let open = existing; open.length > 0; ) {
    const changes = open.flatMap(({ id, verbs: from }) => {
      const to = from.filter((verb) => !stopped.includes(verb));
      return to.length < from.length ? [{ id, from, to }] : [];
    });
    const narrowed = new Set(await trackers.narrow(changes, position));
    changed.push(...narrowed);
    const gone = new Set(changes.flatMap(({ id, to }) => (to.length === 0 && narrowed.has(id) ? id : [])));
    went.push(...open.filter(({ id }) => gone.has(id)));
    // Someone else changed these meanwhile: what is left to do follows from what is there now.
    const missed = changes.flatMap(({ id }) => (narrowed.has(id) ? [] : id));
    open = missed.length === 0 ? [] : (await trackers.get(missed)).filter(({ verbs }) => verbs.length > 0);
  }
  return [went, changed];
}

/** Which verbs a tracker of all verbs would be left with nobody can say. */
function checkVerbs(existing: readonly StoredTracker[], verbs: readonly string[] | undefined): void {
  const ofAll = verbs && existing.find((each) => each.verbs.length === 0);
  if (!ofAll) return;
  const name = keyOf(ofAll.tracked);
  throw new HubError('unprocessable', `the tracker of ${name} is of all verbs: stop it whole`, [
    { path: 'verbs', message: `cannot be taken from a tracker of all verbs (${name})` },
  ]);
}
