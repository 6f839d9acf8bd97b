/** Stops tracking: `untrack`, after the input was parsed. */
import type { ParsedUntrack } from '../../protocol/schemas/trackers.ts';
import { checkRefLinks } from '../access/links.ts';
import { checkSelf, type Principal } from '../access/principal.ts';
import { HubError } from '../errors.ts';
import type { StoredTracker } from '../model/entities.ts';
import { keyOf } from '../model/keys.ts';
import type { DisplayDeps, TrackDeps } from '../ports/deps.ts';
import { taskName } from '../ports/tasks.ts';
import type { TakePosition, TrackerStore } from '../ports/trackers.ts';
import { displaysFor, displayTrackers } from '../rendering/displays.ts';
import { presentTracker } from '../rendering/present.ts';
import { acceptTrackingActions, checkTrackingCapacity, checkTrackingLog, STOPPED } from './accept-action.ts';
import { type TrackResult, withTrackerChanges } from './with-changes.ts';

/**
 * Stops tracking objects, or with `verbs` only those verbs. Returns the named trackers that remain.
 * @throws HubError forbidden; unprocessable if `verbs` is set and a tracker covers all verbs; overloaded if
 * `log` is set and too many actions are pending
 */
export async function untrack(
  deps: TrackDeps & DisplayDeps,
  principal: Principal,
  user: string,
  input: ParsedUntrack,
): Promise<TrackResult> {
  checkSelf(principal, 'track', user);
  checkRefLinks(deps, principal, input.from, (index) => `from[${index}]`);
  if (input.log) checkTrackingLog(principal, STOPPED, '');
  const { space } = principal;
  const keys = [...new Set(input.from.map(keyOf))];
  const existing = await deps.spaces.reader(space).trackers.find(user, keys);
  checkVerbs(existing, input.verbs);
  // Includes trackers that were removed earlier, because their tasks may still be pending.
  const pendingIds = keys.map((key) => taskName({ kind: 'backfill', user, key }));
  if (existing.length === 0) return { trackers: [], pendingIds };
  if (input.log) await checkTrackingCapacity(deps, principal, STOPPED, existing);
  const { trackers } = await deps.spaces.writer(space);
  const pairs = existing.map(({ tracked }) => ({ user, key: keyOf(tracked) }));
  const { written: removed } = await withTrackerChanges(deps, space, pairs, async () => {
    const takePosition = () => deps.clock.now(space);
    const [removed, narrowed] = input.verbs
      ? await removeVerbs(trackers, existing, input.verbs, takePosition)
      : [await endTrackers(trackers, existing, takePosition), []];
    await trackers.setStartPosition(narrowed, await takePosition());
    return removed;
  });
  const actionIds = input.log ? await acceptTrackingActions(deps, principal, STOPPED, removed) : [];
  const remaining = input.verbs ? await trackers.find(user, keys) : [];
  const presented = remaining.map((each) => presentTracker(each, deps.settings));
  return {
    trackers: await displayTrackers(displaysFor(deps, principal), presented),
    pendingIds: [...pendingIds, ...actionIds],
  };
}

/** Returns the trackers that were removed. */
async function endTrackers(
  trackers: TrackerStore,
  existing: readonly StoredTracker[],
  takePosition: TakePosition,
): Promise<StoredTracker[]> {
  const ids = existing.map(({ id }) => id);
  const removedIds = new Set(await trackers.end(ids, takePosition));
  return existing.filter(({ id }) => removedIds.has(id));
}

/** Returns the trackers that were removed because no verb is left, and the ids of all that changed. */
async function removeVerbs(
  trackers: TrackerStore,
  existing: readonly StoredTracker[],
  stopped: readonly string[],
  takePosition: TakePosition,
): Promise<[removed: StoredTracker[], changed: string[]]> {
  const removed: StoredTracker[] = [];
  const changed: string[] = [];
  for (let remaining = existing; remaining.length > 0; ) {
    const changes = remaining.flatMap(({ id, verbs: from }) => {
      const to = from.filter((verb) => !stopped.includes(verb));
      return to.length < from.length ? [{ id, from, to }] : [];
    });
    const narrowedIds = new Set(await trackers.narrowVerbs(changes, takePosition));
    changed.push(...narrowedIds);
    const emptiedIds = new Set(
      changes.flatMap(({ id, to }) => (to.length === 0 && narrowedIds.has(id) ? id : [])),
    );
    removed.push(...remaining.filter(({ id }) => emptiedIds.has(id)));
    // A concurrent call changed these. Retry with their current verbs.
    const conflictIds = changes.flatMap(({ id }) => (narrowedIds.has(id) ? [] : id));
    remaining =
      conflictIds.length === 0
        ? []
        : (await trackers.get(conflictIds)).filter(({ verbs }) => verbs.length > 0);
  }
  return [removed, changed];
}

/** Removing verbs from a tracker of all verbs would leave verbs that cannot be listed. */
function checkVerbs(existing: readonly StoredTracker[], verbs: readonly string[] | undefined): void {
  const allVerbsTracker = verbs && existing.find((each) => each.verbs.length === 0);
  if (!allVerbsTracker) return;
  const name = keyOf(allVerbsTracker.tracked);
  throw new HubError('unprocessable', `the tracker of ${name} covers all verbs: untrack it without "verbs"`, [
    { path: 'verbs', message: `cannot be removed from a tracker of all verbs (${name})` },
  ]);
}
