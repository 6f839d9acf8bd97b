/** A `visible` that does not return blocks its partition for a second at most. Its later result is applied exactly. */
import { expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { processPartitions } from '../../../../core/fanout/process-partitions.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { MemoryHub, SPACE, service } from '../../../support/memory/hub.ts';

const saidAction = { actor: 'user:cy', verb: 'said', notify: ['ada', 'bob'], groupingDelay: -1 };

function hubWithHangingVisible(verbs: string[]) {
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
  acceptActions(hub.deps, service, { actions: batch.parse(actions), batch: true });
const feedOf = (hub: MemoryHub, user: string) =>
  hub.stores.feeds.all().flatMap((item) => (item.user === user ? item.action : []));

it('the partition continues after a second, and items of other users are delivered at once', {
  timeout: 30_000,
}, async () => {
  const { hub, state } = hubWithHangingVisible(['confided']);
  // More than one batch of calls, so that waiting for each batch would take several seconds.
  const ids = await log(hub, ...Array.from({ length: 40 }, () => ({ ...saidAction, verb: 'confided' })));
  const [open = ''] = await log(hub, saidAction);
  const startedAt = performance.now();
  const [partition = -1] = hub.queue.busyPartitions(SPACE);
  await processPartitions(hub.deps, SPACE, [partition]);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  expect(hub.queue.busyPartitions(SPACE)).toEqual([]);
  // Feeds are not up to date yet, so the actions are still pending.
  expect(await hub.queue.pending(SPACE, [...ids, open])).toEqual([...ids, open]);

  state.hangs = false;
  await hub.work();
  expect(feedOf(hub, 'ada').sort()).toEqual([...ids, open].sort());
  expect(feedOf(hub, 'bob')).toEqual([open]);
  expect(await hub.queue.pending(SPACE, [...ids, open])).toEqual([]);
});

it('the retried fan-out waits for `visible` for its full time limit, and retries once more later', {
  timeout: 30_000,
}, async () => {
  const { hub, state } = hubWithHangingVisible(['confided']);
  const [id = ''] = await log(hub, { ...saidAction, verb: 'confided' });
  await hub.work();
  expect(feedOf(hub, 'ada')).toEqual([]);
  expect(hub.faults).toMatchObject([{ part: 'visible', action: id }]);
  expect([hub.fanOutQueue.size, hub.fanOutQueue.delayed]).toEqual([0, 1]);
  state.hangs = false;
  hub.time.advance(5_000);
  await hub.work();
  expect(feedOf(hub, 'ada')).toEqual([id]);
});
