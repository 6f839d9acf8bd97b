/** Queues that take turns. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RoundRobinQueue } from '../../../../server/limits/round-robin-queue.ts';

const takeAll = <T>(queue: RoundRobinQueue<T>): T[] => {
  const all: T[] = [];
  for (let item = queue.next(); item !== undefined; item = queue.next()) all.push(item);
  return all;
};

test('each queue has its turn and keeps its order', () => {
  const queue = new RoundRobinQueue<string>();
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.add(item.slice(0, 1), item);
  expect([queue.size, queue.sizeOf('a'), queue.sizeOf('d')]).toEqual([6, 3, 0]);
  expect(takeAll(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  expect([queue.size, queue.sizeOf('a')]).toEqual([0, 0]);
});

test('a deleted item takes no turn and is not counted', () => {
  const queue = new RoundRobinQueue<string>();
  for (const item of ['a1', 'a2', 'b1']) queue.add(item.slice(0, 1), item);
  expect(queue.delete('a', 'a1')).toBe(true);
  expect(queue.delete('a', 'a1')).toBe(false);
  expect(queue.delete('d', 'd1')).toBe(false);
  expect(queue.size).toBe(2);
  expect(takeAll(queue)).toEqual(['a2', 'b1']);
});

test('nothing is lost, duplicated or reordered by any additions, deletions and reads', () => {
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    kind: fc.constantFrom('add', 'add', 'delete', 'next'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new RoundRobinQueue<string>();
      const model: Record<string, string[]> = { a: [], b: [], c: [] };
      for (const [n, { name, kind }] of steps.entries()) {
        const items = model[name] ?? [];
        if (kind === 'add') {
          queue.add(name, `${name}${n}`);
          items.push(`${name}${n}`);
        } else if (kind === 'delete') {
          const item = items.pop();
          if (item !== undefined) expect(queue.delete(name, item)).toBe(true);
        } else {
          const item = queue.next();
          const fronts = Object.values(model).flatMap(([first]) => first ?? []);
          if (item === undefined) expect(fronts).toEqual([]);
          else {
            expect(fronts).toContain(item);
            model[item.slice(0, 1)]?.shift();
          }
        }
        expect(queue.size).toBe(Object.values(model).flat().length);
      }
      expect(takeAll(queue).sort()).toEqual(Object.values(model).flat().sort());
    }),
  );
});
