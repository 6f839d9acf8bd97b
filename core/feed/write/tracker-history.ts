/**
 * Tracker coverage: since when, and by which trackers, a feed contains an action. It follows from the current
 * and the ended versions of trackers, which start and end at positions (decision 41).
 *
 *     project:p1   [ since Monday ]......[ since now ............
 *     project            [ since Monday ].........[ since Monday
 *                                        ▲        ▲
 *                                 lapsedAt   started
 *
 * An item that was delivered before `lapsedAt` left the feed there. It is delivered again at `started`, as
 * read.
 */
import type { ActionOutline, EndedVersion, TrackerVersion } from '../../model/entities.ts';
import { trackerId } from '../../model/keys.ts';
import { isMatch, type Role } from '../../model/matching.ts';
import { FIRST_POSITION, type Position } from '../../model/units.ts';
import type { PositionClock } from '../../ports/clock.ts';
import type { TrackerStore } from '../../ports/trackers.ts';

/** The current and ended versions of users' trackers, as far as they matter. */
export interface TrackerHistory {
  current: readonly TrackerVersion[];
  ended: readonly EndedVersion[];
}

export interface TrackerCoverage {
  /**
   * The last position at which no tracker matched; `FIRST_POSITION` if unknown. Older items left the feed.
   */
  lapsedAt: Position;
  /** Trackers that matched when the action was delivered or last merged into. Empty if none matches now. */
  trackers: ReadonlyArray<Pick<TrackerVersion, 'since'>>;
}

/**
 * Loads current versions of trackers of these users, and all their ended versions. A version that ends
 * meanwhile is in neither list only if all its items were revalidated. Sets missing `from`s, so that every
 * process uses the same value.
 */
export async function loadTrackerHistory(
  { clock }: { clock: PositionClock },
  { trackers, space }: { trackers: TrackerStore; space: string },
  users: readonly string[],
  readCurrent: () => Promise<readonly TrackerVersion[]>,
): Promise<TrackerHistory> {
  for (let previousEnded: readonly EndedVersion[] | null = null; ; ) {
    const current = await readCurrent();
    const withoutStart = current.flatMap(({ user, key, from }) =>
      from === null ? trackerId(user, key) : [],
    );
    if (withoutStart.length > 0) {
      await trackers.setStartPosition(withoutStart, await clock.now(space));
      continue;
    }
    const ended = await trackers.endedVersions(users);
    const isStable = ended.length === 0 || (previousEnded !== null && sameVersions(previousEnded, ended));
    if (isStable) return { current, ended: excludeCurrent(ended, current) };
    previousEnded = ended;
  }
}

/** Evaluates the versions of one user's trackers for an action. `roles`: as of `rolesByKey`. */
export function findCoverage(
  action: ActionOutline,
  roles: ReadonlyMap<string, Role>,
  { current, ended }: TrackerHistory,
): TrackerCoverage {
  const matchesAction = (version: TrackerVersion) => isMatch(version, roles.get(version.key), action.verb);
  const endedMatches = ended.filter(matchesAction);
  const intervals = [
    ...current.filter(matchesAction).map((each) => ({ ...each, end: Infinity })),
    ...endedMatches,
  ].map((each) => ({ since: each.since, from: effectiveStart(each, endedMatches), end: each.end }));
  let lapsedAt = FIRST_POSITION;
  for (const { end } of endedMatches) {
    if (end > lapsedAt && !intervals.some((interval) => interval.from <= end && interval.end > end))
      lapsedAt = end;
  }
  const sinceLapse = intervals.filter(({ end }) => end > lapsedAt);
  const matchedAt = Math.max(action.version, Math.min(...sinceLapse.map(({ from }) => from)));
  return { lapsedAt, trackers: sinceLapse.filter(({ from, end }) => from <= matchedAt && end > matchedAt) };
}

/** A version continues without a gap the version it replaced, and those that the same write ended. */
function effectiveStart(
  { startedBy, previous, from }: TrackerVersion,
  endedMatches: readonly EndedVersion[],
): number {
  const precedingEnds = endedMatches.flatMap(({ version, endedBy, end }) =>
    version === previous || endedBy === startedBy ? end : [],
  );
  return Math.min(from ?? Infinity, ...precedingEnds);
}

/** An ended version may still be current if the write that recorded its end failed. */
function excludeCurrent(
  ended: readonly EndedVersion[],
  current: readonly TrackerVersion[],
): readonly EndedVersion[] {
  const currentIds = new Set(current.map(({ version }) => version));
  return ended.filter(({ version }) => !currentIds.has(version));
}

const sameVersions = (left: readonly EndedVersion[], right: readonly EndedVersion[]): boolean =>
  left.length === right.length && left.every(({ version }, index) => version === right[index]?.version);
