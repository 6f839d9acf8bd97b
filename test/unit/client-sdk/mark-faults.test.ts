/**
 * Marks over a line that loses calls and answers, to a hub whose positions stay behind because something is being written:
 * a mark that resolves holds for every item that did not change meanwhile, and `changed` counts no item twice.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Feed } from '../../../client-sdk/src/feed/store.ts';
import { FakeHub } from './fake-hub.ts';

const ids = ['i0', 'i1', 'i2', 'i3', 'i4', 'i5'];
const named = fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('mark' as const), ids: named }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('other' as const), at: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('break' as const), carriedOut: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('answer' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('connect' as const) }) },
);

it('resolve only with what holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.nat(8), async (steps, lag) => {
      const hub = new FakeHub();
      const { line } = hub;
      for (const [at, id] of ids.entries()) hub.put(id, at, false);
      hub.feed.lag = lag;
      const feed = new Feed(line, { schedule: (notify) => notify() });
      const unsubscribe = feed.subscribe(() => undefined);
      const settle = () => new Promise((resolve) => setImmediate(resolve));
      const quiet = async () => {
        line.connect();
        await settle();
        while (line.calls.length > 0 || line.pushes.length > 0) {
          if (line.pushes.length > 0) line.pushes[0]?.arrive();
          else line.calls[0]?.answer();
          await settle();
        }
      };
      const marks: Array<Promise<void>> = [];
      const asked = new Set<string>();
      let changed = 0;
      try {
        await quiet();
        for (const each of steps) {
          if (each.type === 'mark') {
            for (const id of each.ids) asked.add(id);
            const marked = feed.markRead(each.ids).then((answer) => {
              changed += answer.changed;
              const unread = hub.feed.items().filter(({ id, unread }) => unread && each.ids.includes(id));
              expect(unread).toEqual([]);
            });
            // Looked at below.
            marked.catch(() => undefined);
            marks.push(marked);
          } else if (each.type === 'other') hub.put('other', each.at, false);
          else if (each.type === 'break') {
            if (each.carriedOut) for (const call of line.calls) call.execute();
            line.disconnect();
          } else if (each.type === 'connect') line.connect();
          else line.calls[0]?.answer();
          await settle();
        }
        await quiet();
        await Promise.all(marks);
        expect(changed).toBeLessThanOrEqual(asked.size);
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
