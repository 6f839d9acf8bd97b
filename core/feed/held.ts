/**
 * Since when, and by which trackers, an action is in a feed: by the versions of trackers that stand and those that ended,
 * whose ends and beginnings are positions (decision 41).
 *
 *     project:p1   [ since Monday ]......[ since now ............
 *     project            [ since Monday ].........[ since Monday
 *                                        ▲        ▲
 *                                     lapsed    begun: what came in before `lapsed` arrives here, anew and read
 */
import { trackerId } from '../keys.ts';
import { matches, rolesByKey } from '../matching.ts';
import type { EndedVersion, StoredAction, TrackerVersion } from '../model.ts';
import type { PositionClock } from '../ports/bus.ts';
import type { TrackerStore } from '../ports/stores.ts';

/** What the trackers of users were and are, as far as it matters. */
export interface Versions {
  standing: readonly TrackerVersion[];
  ended: readonly EndedVersion[];
}

export interface Held {
  /** The last position at which no tracker matched; 0: not known. What came in before it left there. */
  lapsed: number;
  /** Those that matched when the action came in, or was last merged into; none where none matches now. */
  trackers: ReadonlyArray<Pick<TrackerVersion, 'since'>>;
}

/**
 * Versions of these trackers that stand, and all of these users that ended. Of a version that ends meanwhile, which would
 * be in neither list, every item was looked at. `from` is set where it is missing, so that everyone decides alike.
 */
export async function versionsOf(
  { clock }: { clock: PositionClock },
  { trackers, space }: { trackers: TrackerStore; space: string },
  users: readonly string[],
  ids: readonly string[],
): Promise<Versions> {
  for (let before: readonly EndedVersion[] | null = null; ; ) {
    const standing = await trackers.versions(ids);
    const undated = standing.flatMap(({ user, key, from }) => (from === null ? trackerId(user, key) : []));
    if (undated.length > 0) {
      await trackers.date(undated, await clock.now(space));
      continue;
    }
    const ended = await trackers.ended(users);
    const isSettled = ended.length === 0 || (before !== null && isSame(before, ended));
    if (isSettled) return { standing, ended: really(ended, standing) };
    before = ended;
  }
}

/** By the versions of one user's trackers. */
export function heldBy(action: StoredAction, { standing, ended }: Versions): Held {
  const roles = rolesByKey(action);
  const holds = (version: TrackerVersion) => matches(version, roles.get(version.key), action.verb);
  const over = ended.filter(holds);
  const spans = [...standing.filter(holds).map((each) => ({ ...each, end: Infinity })), ...over].map(
    (each) => ({ since: each.since, from: begunAt(each, over), end: each.end }),
  );
  let lapsed = 0;
  for (const { end } of over) {
    if (end > lapsed && !spans.some((span) => span.from <= end && span.end > end)) lapsed = end;
  }
  const later = spans.filter(({ end }) => end > lapsed);
  const moment = Math.max(action.rev, Math.min(...later.map(({ from }) => from)));
  return { lapsed, trackers: later.filter(({ from, end }) => from <= moment && end > moment) };
}

/** A version goes on from the one that it replaced, and from what its own write ended, without a gap. */
function begunAt({ begunBy, previous, from }: TrackerVersion, over: readonly EndedVersion[]): number {
  const ends = over.flatMap(({ version, endedBy, end }) =>
    version === previous || endedBy === begunBy ? end : [],
  );
  return Math.min(from ?? Infinity, ...ends);
}

/** A note may be of an end that did not come about. */
function really(
  ended: readonly EndedVersion[],
  standing: readonly TrackerVersion[],
): readonly EndedVersion[] {
  const stands = new Set(standing.map(({ version }) => version));
  return ended.filter(({ version }) => !stands.has(version));
}

const isSame = (left: readonly EndedVersion[], right: readonly EndedVersion[]): boolean =>
  left.length === right.length && left.every(({ version }, index) => version === right[index]?.version);
