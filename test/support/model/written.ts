/** Ready-made actions and edits, for what is asked of feeds alone. */
import { arrivalOf } from '../../../core/feed/arrival.ts';
import type { Edit } from '../../../core/feed/writer.ts';
import { itemId } from '../../../core/keys.ts';
import type { StoredAction } from '../../../core/model.ts';
import { type MemoryHub, SPACE } from '../memory/hub.ts';

/** Something that project p1 did. */
export const actionOf = (hub: MemoryHub, id: string, more: Partial<StoredAction> = {}): StoredAction => ({
  id,
  actor: { type: 'project', id: 'p1' },
  verb: 'opened',
  targets: [],
  related: [],
  level: 30,
  data: {},
  timestamp: hub.time.now(),
  updatedAt: hub.time.now(),
  count: 1,
  notify: [],
  rev: 1,
  ...more,
});

/** Stores it, or the next revision of it. */
export async function keep(hub: MemoryHub, action: StoredAction): Promise<StoredAction> {
  const pos = await hub.clock.now(SPACE);
  const [known] = (await hub.stores.actions.byIds([action.id])).values();
  if (known) await hub.stores.actions.replace(action, known.rev, pos);
  else await hub.stores.actions.insertInOrder([action], pos);
  return action;
}

/** Lets a user follow project p1. */
export async function follow(hub: MemoryHub, user: string, since = 0): Promise<void> {
  const tracked = { type: 'project', id: 'p1' };
  const tracker = {
    id: `project:p1\t${user}`,
    user,
    tracked,
    verbs: [],
    actorOnly: true,
    createdAt: 0,
    since,
  };
  await hub.stores.trackers.put([tracker], () => hub.clock.now(SPACE));
}

export async function unfollow(hub: MemoryHub, user: string): Promise<void> {
  await hub.stores.trackers.end([`project:p1\t${user}`], () => hub.clock.now(SPACE));
}

/** As it arrives for users who follow it since ever. */
export function arriving(hub: MemoryHub, action: StoredAction, ...users: string[]): Edit {
  const arrivals = users.flatMap((user) => arrivalOf(action, user, [{ since: 0 }], hub.settings) ?? []);
  return { arrivals, actions: new Map([[action.id, action]]), removals: [] };
}

export const leaving = (action: StoredAction, ...users: string[]): Edit => ({
  arrivals: [],
  actions: new Map(),
  removals: users.map((user) => ({ id: itemId(action.id, user), user, action: action.id })),
});
