import type { ClassRef, Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { Principal } from '../access.ts';
import { logActions } from '../log.ts';
import type { StoredTracker } from '../model.ts';
import type { TrackDeps } from './deps.ts';

/** The type of the refs that stand for classes among targets: `class:project`. */
const CLASS_TYPE = 'class';

/**
 * Logs that users started or stopped tracking, one action for each with all objects as its targets. What may be logged is
 * no question: who may track may say so. Answers the ids.
 */
export async function logTracking(
  deps: TrackDeps,
  principal: Principal,
  verb: 'started tracking' | 'stopped tracking',
  trackers: ReadonlyArray<Pick<StoredTracker, 'user' | 'tracked'>>,
): Promise<string[]> {
  const targets = new Map<string, Ref[]>();
  for (const { user, tracked } of trackers) {
    const known = targets.get(user) ?? [];
    targets.set(user, [...known, asTarget(tracked)]);
  }
  const actions = [...targets].map(([user, refs]) => ({
    actor: { type: deps.settings.userType, id: user },
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
