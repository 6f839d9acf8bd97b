/** Enforces the maximum number of trackers per user. */
import { limits } from '../../protocol/limits.ts';
import { HubError } from '../errors.ts';
import { groupBy } from '../model/group-by.ts';
import type { TrackerPut, TrackerStore } from '../ports/trackers.ts';

/**
 * The number of overlapping calls assumed not to see each other's trackers. If so many calls of this size
 * could exceed the limit, trackers are counted again after the write.
 */
const MAX_OVERLAPPING_CALLS = 64;

interface RequestedTracker {
  put: TrackerPut;
  /** The path of the object in the input. */
  path: string;
}

export interface TrackerLimit {
  /**
   * Counts again after these trackers were created, and removes them if concurrent calls exceeded the limit.
   * Only more than 64 overlapping calls of this size can exceed it.
   * @throws HubError limit_reached
   */
  enforce(created: ReadonlySet<string>): Promise<void>;
}

/** @throws HubError limit_reached if a user would have too many trackers */
export async function checkTrackerLimit(
  { trackersPerUser: max }: { trackersPerUser: number },
  trackers: TrackerStore,
  requested: readonly RequestedTracker[],
): Promise<TrackerLimit> {
  const byUser = groupBy(requested, ({ put }) => put.user);
  const counts = await trackers.countsByUser([...byUser.keys()], max);
  const usersNearLimit: string[] = [];
  const rejected: RequestedTracker[] = [];
  for (const [user, group] of byUser) {
    const count = counts.get(user) ?? 0;
    if (count + group.length * MAX_OVERLAPPING_CALLS > max) usersNearLimit.push(user);
    if (count + group.length <= max) continue;
    const existing = new Set((await trackers.get(group.map(({ put }) => put.id))).map(({ id }) => id));
    const added = group.filter(({ put }) => !existing.has(put.id));
    if (added.length > 0 && count + added.length > max) rejected.push(...added);
  }
  rejectExceeding(rejected, max);
  return {
    async enforce(created) {
      if (created.size === 0 || usersNearLimit.length === 0) return;
      const now = await trackers.countsByUser(usersNearLimit, max);
      const exceeding = usersNearLimit
        .filter((user) => (now.get(user) ?? 0) > max)
        .flatMap((user) => byUser.get(user) ?? [])
        .filter(({ put }) => created.has(put.id));
      await trackers.remove(exceeding.map(({ put }) => put.id));
      rejectExceeding(exceeding, max);
    },
  };
}

function rejectExceeding(rejected: readonly RequestedTracker[], max: number): void {
  if (rejected.length === 0) return;
  const message = `a user has at most ${max} trackers`;
  const fields = rejected.slice(0, limits.fields).map(({ path }) => ({ path, message }));
  throw new HubError('limit_reached', message, fields);
}
