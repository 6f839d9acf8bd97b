/** Who follows what. Pages go by the trackers' ids, so they stay right while trackers come and go. */
import type { ClassRef, Page, Ref, Tracker } from '../../protocol/entities.ts';
import type { ParsedOwnedQuery, ParsedTrackersOfQuery } from '../../protocol/schemas/trackers.ts';
import { checkSelf, checkService, type Principal } from '../access.ts';
import { invalid } from '../errors.ts';
import { keyOf } from '../keys.ts';
import type { StoredTracker } from '../model.ts';
import type { Spaces, TrackerScan } from '../ports/stores.ts';
import { parseTrackerId, presentTracker, presentTrackerId } from '../present.ts';
import type { Settings } from '../settings.ts';

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
  const after = cursor === undefined ? null : parseCursor(cursor);
  const { trackers } = spaces.reader(principal.space);
  // One more than the page tells whether there is a next one.
  const found = await trackers.scan({ ...of, ...filters, after, limit: limit + 1 });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last ? presentTrackerId(last.id) : null };
}

/** Cursors name the last tracker before the next page. @throws HubError invalid_input */
function parseCursor(cursor: string): string {
  const id = parseTrackerId(cursor);
  if (presentTrackerId(id) === cursor) return id;
  throw invalid([{ path: 'cursor', message: 'must be a cursor that the hub gave' }]);
}
