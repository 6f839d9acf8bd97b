/** A hub with followers and with actions that wait in its lanes: what workers come to. */
import fc from 'fast-check';
import { markFeed } from '../../../core/feed/mark.ts';
import type { Mark } from '../../../core/ports/stores.ts';
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

/** Grouping is left out: what becomes of actions is not what is asked here. Nothing pauses before it is ready. */
export async function queuedHub(options: MemoryHubOptions, { follows, batches }: Queued): Promise<DrivenHub> {
  let pause = noPause;
  const settings = { groupingDelay: -1, ...options.settings };
  const driven = new DrivenHub({ ...options, settings, pause: () => pause() });
  for (const follow of follows) await driven.track(follow);
  for (const batch of batches) await driven.log(batch);
  pause = options.pause ?? noPause;
  return driven;
}

/** What is still to be done by someone, or was never told to anyone. */
export function leftOver({ hub }: DrivenHub): { pending: string[]; untold: string[]; unsettled: string[] } {
  const announced = hub.bus.announced();
  const settled = new Set(
    hub.bus.published.flatMap(({ message }) => (message.kind === 'settled' ? message.ids : [])),
  );
  const items = hub.stores.feeds.all().map((item) => item.id);
  const actions = hub.stores.actions.all().map((action) => action.id);
  return {
    pending: hub.queue.allPending(SPACE),
    untold: items.filter((id) => !announced.has(id)),
    unsettled: actions.filter((id) => !settled.has(id)),
  };
}

export const nothing = { pending: [], untold: [], unsettled: [] };

/** Marks everything the user has by now; answers the actions whose items changed. */
export async function markAll({ hub }: DrivenHub, user: string, mark: Mark): Promise<Set<string>> {
  const before = hub.stores.feeds.all();
  const input = markInput.parse({ all: true });
  await markFeed(hub.deps, principal(user), { user, mark, input, origin: null });
  const old = new Map(before.map((item) => [item.id, item]));
  const changed = hub.stores.feeds.all().filter((item) => item.pos !== old.get(item.id)?.pos);
  return new Set(changed.map((item) => item.action));
}
