/** Who follows what. Pages go by the trackers' ids, so they stay right while trackers come and go. */
import type { ClassRef, Page, Ref, Tracker } from '../../protocol/entities.ts';
import type { ParsedOwnedQuery, ParsedTrackersOfQuery } from '../../protocol/schemas/trackers.ts';
import { checkSelf, checkService, type Principal } from '../access.ts';
import { invalid, TooSlow } from '../errors.ts';
import { isTrackerIdOf, keyOf } from '../keys.ts';
import type { StoredTracker } from '../model.ts';
import type { Spaces, TrackerScan, TrackerStore } from '../ports/stores.ts';
import { parseTrackerId, presentTracker, presentTrackerId } from '../present.ts';
import type { Settings } from '../settings.ts';
import { Budget, QUICK_MS, scanBounds } from '../stretches.ts';

const SCAN = 500;

export interface TrackerListDeps {
  spaces: Spaces;
  settings: Settings;
}

/** Trackers the user owns. @throws HubError forbidden, invalid_input */
export async function ownedTrackers(
  deps: TrackerListDeps,
  principal: Principal,
  user: string,
  query: ParsedOwnedQuery,
): Promise<Page<Tracker>> {
  checkSelf(principal, 'track', user);
  const page = await pageOf(deps, principal, { user }, query);
  return { ...page, items: page.items.map((each) => presentTracker(each, deps.settings)) };
}

/** Objects and classes the user tracks. @throws HubError forbidden, invalid_input */
export async function trackedObjects(
  deps: TrackerListDeps,
  principal: Principal,
  user: string,
  query: ParsedOwnedQuery,
): Promise<Page<Ref | ClassRef>> {
  checkSelf(principal, 'track', user);
  const page = await pageOf(deps, principal, { user }, query);
  return { ...page, items: page.items.map(({ tracked }) => tracked) };
}

/** Trackers of this very object or class. @throws HubError forbidden, invalid_input */
export async function trackersOf(
  deps: TrackerListDeps,
  principal: Principal,
  object: Ref | ClassRef,
  query: ParsedTrackersOfQuery,
): Promise<Page<Tracker>> {
  checkService(principal);
  const page = await pageOf(deps, principal, { key: keyOf(object) }, query);
  return { ...page, items: page.items.map((each) => presentTracker(each, deps.settings)) };
}

/** Users who track this very object or class. @throws HubError forbidden, invalid_input */
export async function usersTracking(
  deps: TrackerListDeps,
  principal: Principal,
  object: Ref | ClassRef,
  query: ParsedTrackersOfQuery,
): Promise<Page<Ref>> {
  checkService(principal);
  const page = await pageOf(deps, principal, { key: keyOf(object) }, query);
  const type = deps.settings.userType;
  return { ...page, items: page.items.map(({ user }) => ({ type, id: user })) };
}

async function pageOf(
  { spaces }: TrackerListDeps,
  principal: Principal,
  of: Pick<TrackerScan, 'user' | 'key'>,
  { limit, cursor, ...filters }: ParsedOwnedQuery,
): Promise<Page<StoredTracker>> {
  const after = cursor === undefined ? null : parseCursor(cursor, of);
  const { trackers } = spaces.reader(principal.space, principal.call?.signal);
  const { found, end } = await scan(trackers, { ...of, ...filters, after, limit });
  return { items: found, nextCursor: end === null ? null : presentTrackerId(end) };
}

interface FoundTrackers {
  found: StoredTracker[];
  /** The id to go on from. */
  end: string | null;
}

async function scan(trackers: TrackerStore, wanted: TrackerScan): Promise<FoundTrackers> {
  const { limit } = wanted;
  try {
    // One more than the page tells whether there is a next one.
    const found = await trackers.scan({ ...wanted, limit: limit + 1, mostMs: QUICK_MS });
    return {
      found: found.slice(0, limit),
      end: found.length > limit ? (found[limit - 1]?.id ?? null) : null,
    };
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error;
    return scanAll(trackers, wanted);
  }
}

/** In the order of the ids, looking at one after the other. */
async function scanAll(trackers: TrackerStore, wanted: TrackerScan): Promise<FoundTrackers> {
  const { type, verb, limit, ...of } = wanted;
  const found: StoredTracker[] = [];
  const budget = new Budget(scanBounds);
  for (let after = wanted.after ?? null; ; ) {
    const some = await trackers.scan({ ...of, after, limit: SCAN });
    for (const tracker of some) {
      if (found.length === limit) return { found, end: found.at(-1)?.id ?? null };
      const matches =
        (type === undefined || tracker.tracked.type === type) &&
        (verb === undefined || tracker.verbs.length === 0 || tracker.verbs.includes(verb));
      if (matches) found.push(tracker);
    }
    if (some.length < SCAN) return { found, end: null };
    after = some.at(-1)?.id ?? null;
    if (!budget.spend(some.length)) return { found, end: after };
  }
}

/** Cursors name the last tracker before the next page, which was one of the list. @throws HubError invalid_input */
function parseCursor(cursor: string, of: Pick<TrackerScan, 'user' | 'key'>): string {
  const id = parseTrackerId(cursor);
  if (presentTrackerId(id) === cursor && isTrackerIdOf(id, of)) return id;
  throw invalid([{ path: 'cursor', message: 'must be a cursor that the hub gave' }]);
}
