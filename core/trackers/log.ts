import type { ClassRef, Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { ParsedAction } from '../../protocol/schemas/action.ts';
import { checkSelf, isService, type Principal } from '../access.ts';
import { withAllowedLinks } from '../links.ts';
import { checkRoom, logActions } from '../log.ts';
import { checkVerb, shownActor } from '../log-access.ts';
import type { StoredTracker } from '../model.ts';
import type { TrackDeps } from './deps.ts';

/** The type of the refs that stand for classes among targets: `class:project`. */
const CLASS_TYPE = 'class';

export const STARTED = 'started tracking';
export const STOPPED = 'stopped tracking';

/** @throws HubError forbidden where the holder may track, but not log that it did */
export function checkTrackingLog(principal: Principal, verb: string, root: string): void {
  checkSelf(principal, 'log', principal.sub);
  checkVerb(principal, verb, `${root}log`);
}

type Tracked = Pick<StoredTracker, 'user' | 'tracked'>;

/**
 * To be called before what is to be logged is stored: else a call could be refused that was carried out.
 * @throws HubError overloaded
 */
export async function checkTrackingRoom(
  deps: TrackDeps,
  principal: Principal,
  verb: string,
  trackers: readonly Tracked[],
): Promise<void> {
  if (trackers.length === 0) return;
  const actions = trackingActions(deps, principal, verb, trackers);
  const bytes = Buffer.byteLength(JSON.stringify(actions));
  await checkRoom(deps, principal.space, { actions: actions.length, bytes });
}

/**
 * Logs that users started or stopped tracking, one action for each with all objects as its targets. Returns the ids. The
 * caller has checked that the holder may log it, and that there is room for it.
 */
export async function logTracking(
  deps: TrackDeps,
  principal: Principal,
  verb: typeof STARTED | typeof STOPPED,
  trackers: readonly Tracked[],
): Promise<string[]> {
  const actions = trackingActions(deps, principal, verb, trackers);
  const ids: string[] = [];
  for (let start = 0; start < actions.length; start += limits.batch) {
    const some = actions.slice(start, start + limits.batch);
    const hub: Principal = { ...principal, scopes: new Set(['service']) };
    ids.push(...(await logActions(deps, hub, { actions: some, batch: true, isPromised: true })));
  }
  return ids;
}

/** Objects may have been tracked with links that only a backend may set. */
function trackingActions(
  deps: TrackDeps,
  principal: Principal,
  verb: string,
  trackers: readonly Tracked[],
): ParsedAction[] {
  const targets = new Map<string, Ref[]>();
  for (const { user, tracked } of trackers) {
    const known = targets.get(user) ?? [];
    targets.set(user, [...known, withAllowedLinks(deps, principal, asTarget(tracked))]);
  }
  const actorOf = (ref: Ref) => (isService(principal) ? ref : shownActor(principal, ref));
  return [...targets].map(([user, refs]) => ({
    actor: actorOf({ type: deps.settings.userType, id: user }),
    verb,
    targets: refs,
    related: [],
    data: {},
  }));
}

const asTarget = (tracked: Ref | ClassRef): Ref =>
  'id' in tracked ? tracked : { type: CLASS_TYPE, id: tracked.type };
