/** Actions and change sets for tests of feed writes. */
import { draftItem, groupOf } from '../../../core/feed/write/item-draft.ts';
import type { ChangeSet } from '../../../core/feed/write/writer.ts';
import type { StoredAction } from '../../../core/model/entities.ts';
import { itemId } from '../../../core/model/keys.ts';
import { asMillis } from '../../../core/model/units.ts';
import { type MemoryHub, SPACE } from '../memory/hub.ts';

/** An action of project p1. */
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
  version: 1,
  ...more,
});

/** Stores the action, or its next version. */
export async function storeAction(hub: MemoryHub, action: StoredAction): Promise<StoredAction> {
  const position = await hub.clock.now(SPACE);
  const [existing] = (await hub.stores.actions.byIds([action.id])).values();
  if (existing) await hub.stores.actions.replace(action, existing.version, position);
  else await hub.stores.actions.insertInOrder([action], position);
  return action;
}

/** Lets a user follow project p1. */
export async function follow(hub: MemoryHub, user: string, since = asMillis(0)): Promise<void> {
  const tracked = { type: 'project', id: 'p1' };
  const tracker = {
    id: `project:p1\t${user}`,
    user,
    tracked,
    verbs: [],
    actorOnly: true,
    createdAt: asMillis(0),
    since,
  };
  await hub.stores.trackers.put([tracker], () => hub.clock.now(SPACE));
}

export async function unfollow(hub: MemoryHub, user: string): Promise<void> {
  await hub.stores.trackers.end([`project:p1\t${user}`], () => hub.clock.now(SPACE));
}

/** Upserts the action's items for users whose trackers cover all of its history. */
export function upsertOf(hub: MemoryHub, action: StoredAction, ...users: string[]): ChangeSet {
  const trackers = [{ since: asMillis(0) }];
  const drafts = users.flatMap(
    (user) => draftItem({ id: itemId(action.id, user), action, user, trackers }, hub.settings) ?? [],
  );
  const [first] = drafts;
  const group = first && { ...groupOf(first), users: drafts.map((draft) => draft.user) };
  return { upserts: group ? [group] : [], actions: new Map([[action.id, action]]), removals: [] };
}

export const removalOf = (action: StoredAction, ...users: string[]): ChangeSet => ({
  upserts: [],
  actions: new Map(),
  removals: users.map((user) => ({ id: itemId(action.id, user), user, action: action.id })),
});
