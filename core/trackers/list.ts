/** Lists trackers, sorted by id, so that pages stay consistent while trackers are created and removed. */
import type { ClassRef, Page, Ref, Tracker } from '../../protocol/entities.ts';
import type { ParsedOwnedQuery, ParsedTrackersOfQuery } from '../../protocol/schemas/trackers.ts';
import { checkSelf, checkService, type Principal } from '../access/principal.ts';
import { invalid, ReadTimeoutError } from '../errors.ts';
import type { StoredTracker } from '../model/entities.ts';
import { isTrackerIdOf, keyOf } from '../model/keys.ts';
import { verbMatches } from '../model/matching.ts';
import { DIRECT_QUERY_TIMEOUT_MS, ScanBudget } from '../paging/time-ranges.ts';
import type { CoreDeps, DisplayDeps } from '../ports/deps.ts';
import type { TrackerScan, TrackerStore } from '../ports/trackers.ts';
import { displayRefs, displaysFor, displayTrackers, type FindDisplays } from '../rendering/displays.ts';
import { parseTrackerId, presentTracker, presentTrackerId } from '../rendering/present.ts';

const SCAN_BATCH_SIZE = 500;

type TrackerListDeps = Pick<CoreDeps, 'spaces' | 'settings'> & DisplayDeps;

/** Lists the trackers of a user. @throws HubError forbidden, invalid_input */
export async function ownedTrackers(
  deps: TrackerListDeps,
  principal: Principal,
  user: string,
  query: ParsedOwnedQuery,
): Promise<Page<Tracker>> {
  checkSelf(principal, 'track', user);
  return pageOf(deps, principal, { user }, query, presentTrackers(deps));
}

/** Lists the objects and classes that a user tracks. @throws HubError forbidden, invalid_input */
export async function trackedObjects(
  deps: TrackerListDeps,
  principal: Principal,
  user: string,
  query: ParsedOwnedQuery,
): Promise<Page<Ref | ClassRef>> {
  checkSelf(principal, 'track', user);
  return pageOf(deps, principal, { user }, query, (find, found) =>
    displayRefs(
      find,
      found.map(({ tracked }) => tracked),
    ),
  );
}

/** Lists the trackers of exactly this object or class. @throws HubError forbidden, invalid_input */
export async function trackersOf(
  deps: TrackerListDeps,
  principal: Principal,
  object: Ref | ClassRef,
  query: ParsedTrackersOfQuery,
): Promise<Page<Tracker>> {
  checkService(principal);
  return pageOf(deps, principal, { key: keyOf(object) }, query, presentTrackers(deps));
}

/** Lists the users who track exactly this object or class. @throws HubError forbidden, invalid_input */
export async function usersTracking(
  deps: TrackerListDeps,
  principal: Principal,
  object: Ref | ClassRef,
  query: ParsedTrackersOfQuery,
): Promise<Page<Ref>> {
  checkService(principal);
  const type = deps.settings.userType;
  return pageOf(deps, principal, { key: keyOf(object) }, query, (find, found) =>
    displayRefs(
      find,
      found.map(({ user }): Ref => ({ type, id: user })),
    ),
  );
}

/** Converts a page to its API representation. */
type PresentPage<T> = (find: FindDisplays, found: readonly StoredTracker[]) => Promise<T[]>;

const presentTrackers =
  ({ settings }: Pick<TrackerListDeps, 'settings'>): PresentPage<Tracker> =>
  (find, found) =>
    displayTrackers(
      find,
      found.map((each) => presentTracker(each, settings)),
    );

async function pageOf<T>(
  deps: TrackerListDeps,
  principal: Principal,
  scope: Pick<TrackerScan, 'user' | 'key'>,
  { limit, cursor, ...filters }: ParsedOwnedQuery,
  present: PresentPage<T>,
): Promise<Page<T>> {
  const after = cursor === undefined ? null : parseCursor(cursor, scope);
  const { trackers } = deps.spaces.reader(principal.space, principal.call?.signal);
  const { found, nextId } = await scan(trackers, { ...scope, ...filters, after, limit });
  const items = await present(displaysFor(deps, principal), found);
  return { items, nextCursor: nextId && presentTrackerId(nextId) };
}

interface FoundTrackers {
  found: StoredTracker[];
  /** The id after which the next page starts; `null` on the last page. */
  nextId: string | null;
}

async function scan(trackers: TrackerStore, query: TrackerScan): Promise<FoundTrackers> {
  const { limit } = query;
  try {
    // One extra tracker shows whether there is a next page.
    const found = await trackers.scan({ ...query, limit: limit + 1, maxTimeMs: DIRECT_QUERY_TIMEOUT_MS });
    return {
      found: found.slice(0, limit),
      nextId: found.length > limit ? (found[limit - 1]?.id ?? null) : null,
    };
  } catch (error) {
    if (!(error instanceof ReadTimeoutError)) throw error;
    return scanAll(trackers, query);
  }
}

/** Scans by id and evaluates the filters in memory. */
async function scanAll(trackers: TrackerStore, query: TrackerScan): Promise<FoundTrackers> {
  const { type, verb, limit, ...scope } = query;
  const found: StoredTracker[] = [];
  const budget = new ScanBudget();
  for (let after = query.after ?? null; ; ) {
    const batch = await trackers.scan({ ...scope, after, limit: SCAN_BATCH_SIZE });
    for (const tracker of batch) {
      if (found.length === limit) return { found, nextId: found.at(-1)?.id ?? null };
      const matches =
        (type === undefined || tracker.tracked.type === type) &&
        (verb === undefined || verbMatches(tracker.verbs, verb));
      if (matches) found.push(tracker);
    }
    if (batch.length < SCAN_BATCH_SIZE) return { found, nextId: null };
    after = batch.at(-1)?.id ?? null;
    if (!budget.spend(batch.length)) return { found, nextId: after };
  }
}

/** A cursor is the public id of a tracker of the list. @throws HubError invalid_input if it is not */
function parseCursor(cursor: string, scope: Pick<TrackerScan, 'user' | 'key'>): string {
  const id = parseTrackerId(cursor);
  if (presentTrackerId(id) === cursor && isTrackerIdOf(id, scope)) return id;
  throw invalid([{ path: 'cursor', message: 'must be a cursor that the hub gave' }]);
}
