/** A `visible` that does not answer holds up its lane for a second at most; what it says later is exact. */
import { expect, it } from 'vitest';
import { drainLane } from '../../../core/ingest.ts';
import { logActions } from '../../../core/log.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { MemoryHub, SPACE, service } from '../../support/memory/hub.ts';

const said = { actor: 'user:cy', verb: 'said', notify: ['ada', 'bob'], groupingDelay: -1 };

function hubThatHangs(verbs: string[]) {
  const state = { hangs: true };
  const hub = new MemoryHub({
    settings: {
      visible: ({ verb }, users) =>
        state.hangs && verbs.includes(verb)
          ? new Promise(() => undefined)
          : users.filter((user) => user !== 'bob' || verb !== 'confided'),
    },
  });
  return { hub, state };
}

const log = (hub: MemoryHub, ...actions: object[]) =>
  logActions(hub.deps, service, { actions: batch.parse(actions), batch: true });
const feedOf = (hub: MemoryHub, user: string) =>
  hub.stores.feeds.all().flatMap((item) => (item.user === user ? item.action : []));

it('the lane goes on after a second, and what others see arrives at once', { timeout: 30_000 }, async () => {
  const { hub, state } = hubThatHangs(['confided']);
  // More than are asked about at once, so that waiting for each group would take several seconds.
  const ids = await log(hub, ...Array.from({ length: 40 }, () => ({ ...said, verb: 'confided' })));
  const [open = ''] = await log(hub, said);
  const begun = performance.now();
  const [lane = -1] = hub.queue.busy(SPACE);
  await drainLane(hub.deps, SPACE, lane);
  expect(performance.now() - begun).toBeLessThan(3_000);
  expect(hub.queue.busy(SPACE)).toEqual([]);
  // Feeds are not up to date yet: who waits is not told that they are.
  expect(await hub.queue.pending(SPACE, [...ids, open])).toEqual([...ids, open]);

  state.hangs = false;
  await hub.work();
  expect(feedOf(hub, 'ada').sort()).toEqual([...ids, open].sort());
  expect(feedOf(hub, 'bob')).toEqual([open]);
  expect(await hub.queue.pending(SPACE, [...ids, open])).toEqual([]);
});

it('off the lane it is asked for as long as it may take, and once more later', {
  timeout: 30_000,
}, async () => {
  const { hub, state } = hubThatHangs(['confided']);
  const [id = ''] = await log(hub, { ...said, verb: 'confided' });
  await hub.work();
  expect(feedOf(hub, 'ada')).toEqual([]);
  expect(hub.faults).toMatchObject([{ part: 'visible', action: id }]);
  expect([hub.fanOutQueue.size, hub.fanOutQueue.delayed]).toEqual([0, 1]);
  state.hangs = false;
  hub.time.advance(5_000);
  await hub.work();
  expect(feedOf(hub, 'ada')).toEqual([id]);
});
