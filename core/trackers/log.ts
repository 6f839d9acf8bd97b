import type { ClassRef, Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import { checkSelf, isService, type Principal } from '../access.ts';
import { withAllowedLinks } from '../links.ts';
import { logActions } from '../log.ts';
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

/**
 * Logs that users started or stopped tracking, one action for each with all objects as its targets. Returns the ids. The
 * caller has checked that the holder may log it. Objects may have been tracked with links that only a backend may set.
 */
export async function logTracking(
  deps: TrackDeps,
  principal: Principal,
  verb: typeof STARTED | typeof STOPPED,
  trackers: ReadonlyArray<Pick<StoredTracker, 'user' | 'tracked'>>,
): Promise<string[]> {
  const targets = new Map<string, Ref[]>();
  for (const { user, tracked } of trackers) {
    const known = targets.get(user) ?? [];
    targets.set(user, [...known, withAllowedLinks(deps, principal, asTarget(tracked))]);
  }
  const actorOf = (ref: Ref) => (isService(principal) ? ref : shownActor(principal, ref));
  const actions = [...targets].map(([user, refs]) => ({
    actor: actorOf({ type: deps.settings.userType, id: user }),
    verb,
    targets: refs,
    related: [],
    data: {},
  }));
  const ids: string[] = [];
  for (let start = 0; start < actions.length; start += limits.batch) {
    const some = actions.slice(start, start + limits.batch);
    const hub: Principal = { ...principal, scopes: new Set(['service']) };
    ids.push(...(await logActions(deps, hub, { actions: some, batch: true })));
  }
  return ids;
}

const asTarget = (tracked: Ref | ClassRef): Ref =>
  'id' in tracked ? tracked : { type: CLASS_TYPE, id: tracked.type };
