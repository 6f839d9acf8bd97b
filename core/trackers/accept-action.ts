import type { ClassRef, Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { ParsedAction } from '../../protocol/schemas/action.ts';
import { withAllowedLinks } from '../access/links.ts';
import { checkSelf, isService, type Principal } from '../access/principal.ts';
import { acceptActions, checkCapacity } from '../actions/accept.ts';
import { checkVerb, displayedActor } from '../actions/authorize.ts';
import type { StoredTracker } from '../model/entities.ts';
import { groupBy } from '../model/group-by.ts';
import type { TrackDeps } from '../ports/deps.ts';

/** The ref type that represents a tracked class among the targets: `class:project`. */
const CLASS_TYPE = 'class';

export const STARTED = 'started tracking';
export const STOPPED = 'stopped tracking';

/** @throws HubError forbidden if the principal may track, but not log the action */
export function checkTrackingLog(principal: Principal, verb: string, pathPrefix: string): void {
  checkSelf(principal, 'log', principal.sub);
  checkVerb(principal, verb, `${pathPrefix}log`);
}

type Tracked = Pick<StoredTracker, 'user' | 'tracked'>;

/** Call it before the trackers are stored, because later it must not fail. @throws HubError overloaded */
export async function checkTrackingCapacity(
  deps: TrackDeps,
  principal: Principal,
  verb: string,
  trackers: readonly Tracked[],
): Promise<void> {
  if (trackers.length === 0) return;
  const actions = trackingActions(deps, principal, verb, trackers);
  const bytes = Buffer.byteLength(JSON.stringify(actions));
  await checkCapacity(deps, principal.space, { actions: actions.length, bytes });
}

/**
 * Logs that users started or stopped tracking: one action per user, with all objects as targets. Returns the
 * ids. The caller must have checked the permission and the capacity.
 */
export async function acceptTrackingActions(
  deps: TrackDeps,
  principal: Principal,
  verb: typeof STARTED | typeof STOPPED,
  trackers: readonly Tracked[],
): Promise<string[]> {
  const actions = trackingActions(deps, principal, verb, trackers);
  const servicePrincipal: Principal = { ...principal, scopes: new Set(['service']) };
  const ids: string[] = [];
  for (let start = 0; start < actions.length; start += limits.batch) {
    const request = {
      actions: actions.slice(start, start + limits.batch),
      batch: true,
      isExemptFromLimits: true,
    };
    ids.push(...(await acceptActions(deps, servicePrincipal, request)));
  }
  return ids;
}

/** Removes links that the principal must not set. A backend may have tracked the objects with them. */
function trackingActions(
  deps: TrackDeps,
  principal: Principal,
  verb: string,
  trackers: readonly Tracked[],
): ParsedAction[] {
  const actorOf = (ref: Ref) => (isService(principal) ? ref : displayedActor(principal, ref));
  return [...groupBy(trackers, ({ user }) => user)].map(([user, group]) => ({
    actor: actorOf({ type: deps.settings.userType, id: user }),
    verb,
    targets: group.map(({ tracked }) => withAllowedLinks(deps, principal, toTarget(tracked))),
    related: [],
    data: {},
  }));
}

const toTarget = (tracked: Ref | ClassRef): Ref =>
  'id' in tracked ? tracked : { type: CLASS_TYPE, id: tracked.type };
