/** A hub with followers and queued actions, before any worker ran. */
import fc from 'fast-check';
import { markFeed } from '../../../core/feed/write/mark.ts';
import type { Mark } from '../../../core/ports/feeds.ts';
import { markInput } from '../../../protocol/schemas/calls.ts';
import { type MemoryHubOptions, principal, SPACE } from '../memory/hub.ts';
import { noPause } from '../memory/pause.ts';
import { DrivenHub } from './driven-hub.ts';
import * as world from './world.ts';

export const queued = fc.record({
  follows: fc.array(
    fc.record({
      user: world.user,
      to: fc.uniqueArray(world.trackable, { minLength: 1, maxLength: 2 }),
      how: world.tracking,
    }),
    { minLength: 1, maxLength: 5 },
  ),
  batches: fc.array(fc.array(world.logged, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
});
export type Queued = typeof queued extends fc.Arbitrary<infer T> ? T : never;

/** Grouping is off, because these tests are about delivery. Pauses begin when the hub is ready. */
export async function queuedHub(options: MemoryHubOptions, { follows, batches }: Queued): Promise<DrivenHub> {
  let pause = noPause;
  const settings = { groupingDelay: -1, ...options.settings };
  const drivenHub = new DrivenHub({ ...options, settings, pause: () => pause() });
  for (const follow of follows) await drivenHub.track(follow);
  for (const batch of batches) await drivenHub.log(batch);
  pause = options.pause ?? noPause;
  return drivenHub;
}

/** Pending actions, items that were never published, and actions whose completion was never published. */
export function unfinishedWork({ hub }: DrivenHub): {
  pending: string[];
  unpublished: string[];
  incomplete: string[];
} {
  const publishedIds = hub.bus.publishedItemIds();
  const completed = new Set(
    hub.bus.published.flatMap(({ message }) => (message.kind === 'completed' ? message.ids : [])),
  );
  const items = hub.stores.feeds.all().map((item) => item.id);
  const actions = hub.stores.actions.all().map((action) => action.id);
  return {
    pending: hub.queue.allPending(SPACE),
    unpublished: items.filter((id) => !publishedIds.has(id)),
    incomplete: actions.filter((id) => !completed.has(id)),
  };
}

export const noUnfinishedWork = { pending: [], unpublished: [], incomplete: [] };

/** Marks the user's whole feed. Returns the actions whose items changed. */
export async function markAll({ hub }: DrivenHub, user: string, mark: Mark): Promise<Set<string>> {
  const before = hub.stores.feeds.all();
  const input = markInput.parse({ all: true });
  await markFeed(hub.deps, principal(user), { user, mark, input, origin: null });
  const old = new Map(before.map((item) => [item.id, item]));
  const changed = hub.stores.feeds.all().filter((item) => item.position !== old.get(item.id)?.position);
  return new Set(changed.map((item) => item.action));
}
