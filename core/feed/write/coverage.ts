/** Which trackers cover which actions, from the data stored now (rule 1). */
import type { ActionOutline, EndedVersion, TrackerVersion } from '../../model/entities.ts';
import { groupBy } from '../../model/group-by.ts';
import { keyOf, trackerId } from '../../model/keys.ts';
import { rolesByKey } from '../../model/matching.ts';
import type { CoreDeps } from '../../ports/deps.ts';
import type { SpaceContext } from '../../ports/stores.ts';
import {
  findCoverage,
  loadTrackerHistory,
  type TrackerCoverage,
  type TrackerHistory,
} from './tracker-history.ts';

/** An action and a user whose feed may contain it. */
export interface ActionUserPair {
  action: ActionOutline;
  user: string;
}

/** What is known of the trackers of some users, and which of these users were deleted. */
export interface Coverage {
  of(pair: ActionUserPair): TrackerCoverage;
  isDeleted(user: string): boolean;
}

type CoverageDeps = Pick<CoreDeps, 'clock' | 'settings'>;

/** Loads all trackers that can match these pairs. */
export async function loadCoverage(
  deps: CoverageDeps,
  context: SpaceContext,
  pairs: readonly ActionUserPair[],
): Promise<Coverage> {
  const trackerIds = new Set<string>();
  for (const { action, user } of pairs) {
    for (const key of rolesByKey(action).keys()) trackerIds.add(trackerId(user, key));
  }
  const users = [...new Set(pairs.map(({ user }) => user))];
  return await load(deps, context, users, ({ trackers }) => trackers.currentVersions([...trackerIds]));
}

/** Loads all trackers of one user, for many actions. They are bounded by `trackersPerUser`. */
export const loadUserCoverage = (
  deps: CoverageDeps,
  context: SpaceContext,
  user: string,
): Promise<Coverage> => load(deps, context, [user], ({ trackers }) => trackers.currentVersionsOf(user));

async function load(
  deps: CoverageDeps,
  { space, stores }: SpaceContext,
  users: readonly string[],
  readCurrent: (stores: SpaceContext['stores']) => Promise<TrackerHistory['current']>,
): Promise<Coverage> {
  const { trackers, objects } = stores;
  const userKey = (id: string) => keyOf({ type: deps.settings.userType, id });
  const [history, deleted] = await Promise.all([
    loadTrackerHistory(deps, { trackers, space }, users, () => readCurrent(stores)),
    objects.deleted(users.map(userKey)),
  ]);
  const [current, ended] = [byUserAndKey(history.current), byUserAndKey(history.ended)];
  return {
    of: ({ action, user }) => {
      const roles = rolesByKey(action);
      const [currentByKey, endedByKey] = [current.get(user), ended.get(user)];
      const found: { current: TrackerVersion[]; ended: EndedVersion[] } = { current: [], ended: [] };
      for (const key of roles.keys()) {
        const [versions, endedVersions] = [currentByKey?.get(key), endedByKey?.get(key)];
        if (versions) found.current.push(...versions);
        if (endedVersions) found.ended.push(...endedVersions);
      }
      return findCoverage(action, roles, found);
    },
    isDeleted: (user) => deleted.has(userKey(user)),
  };
}

/** By user, then by key. */
const byUserAndKey = <T extends { user: string; key: string }>(versions: readonly T[]) =>
  new Map(
    [...groupBy(versions, ({ user }) => user)].map(([user, ofUser]) => [
      user,
      groupBy(ofUser, ({ key }) => key),
    ]),
  );
