/**
 * Marks over a transport that loses calls and responses, to a hub whose positions lag because of in-flight writes. A mark
 * that resolves holds for every item that did not change meanwhile, and `changed` counts no item twice.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Feed } from '../../../client-sdk/client/src/feed/store.ts';
import { FakeHub } from './fake-hub.ts';

const ids = ['i0', 'i1', 'i2', 'i3', 'i4', 'i5'];
const named = fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('mark' as const), ids: named }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('other' as const), at: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('break' as const), carriedOut: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('respond' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('connect' as const) }) },
);

it('marks resolve only with valid results', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.nat(8), async (steps, lag) => {
      const hub = new FakeHub();
      const { transport } = hub;
      for (const [at, id] of ids.entries()) hub.put(id, at, false);
      hub.feed.lag = lag;
      const feed = new Feed(transport, { schedule: (notify) => notify() });
      const unsubscribe = feed.subscribe(() => undefined);
      const settle = () => new Promise((resolve) => setImmediate(resolve));
      const waitForIdle = async () => {
        transport.connect();
        await settle();
        while (transport.calls.length > 0 || transport.pushes.length > 0) {
          if (transport.pushes.length > 0) transport.pushes[0]?.arrive();
          else transport.calls[0]?.respond();
          await settle();
        }
      };
      const marks: Array<Promise<void>> = [];
      const requestedIds = new Set<string>();
      let changed = 0;
      try {
        await waitForIdle();
        for (const each of steps) {
          if (each.type === 'mark') {
            for (const id of each.ids) requestedIds.add(id);
            const marked = feed.markRead(each.ids).then((response) => {
              changed += response.changed;
              const unread = hub.feed.items().filter(({ id, unread }) => unread && each.ids.includes(id));
              expect(unread).toEqual([]);
            });
            // `Promise.all` below reports the error.
            marked.catch(() => undefined);
            marks.push(marked);
          } else if (each.type === 'other') hub.put('other', each.at, false);
          else if (each.type === 'break') {
            if (each.carriedOut) for (const call of transport.calls) call.execute();
            transport.disconnect();
          } else if (each.type === 'connect') transport.connect();
          else transport.calls[0]?.respond();
          await settle();
        }
        await waitForIdle();
        await Promise.all(marks);
        expect(changed).toBeLessThanOrEqual(requestedIds.size);
        expect(feed.getSnapshot().items).toEqual(hub.feed.items());
        expect(feed.getSnapshot().counts).toEqual(hub.feed.counts());
      } finally {
        unsubscribe();
        feed.close();
      }
    }),
    { numRuns: 500 },
  );
});
