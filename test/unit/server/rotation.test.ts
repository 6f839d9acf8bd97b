/** Lines that take turns. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rotation } from '../../../server/rotation.ts';

const taken = <T>(rotation: Rotation<T>): T[] => {
  const all: T[] = [];
  for (let item = rotation.next(); item !== undefined; item = rotation.next()) all.push(item);
  return all;
};

test('each line has its turn, and keeps its order', () => {
  const rotation = new Rotation<string>();
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) rotation.add(item.slice(0, 1), item);
  expect([rotation.size, rotation.sizeOf('a'), rotation.sizeOf('d')]).toEqual([6, 3, 0]);
  expect(taken(rotation)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  expect([rotation.size, rotation.sizeOf('a')]).toEqual([0, 0]);
});

test('an item that is deleted costs no turn, and is not counted any more', () => {
  const rotation = new Rotation<string>();
  for (const item of ['a1', 'a2', 'b1']) rotation.add(item.slice(0, 1), item);
  expect(rotation.delete('a', 'a1')).toBe(true);
  expect(rotation.delete('a', 'a1')).toBe(false);
  expect(rotation.delete('d', 'd1')).toBe(false);
  expect(rotation.size).toBe(2);
  expect(taken(rotation)).toEqual(['a2', 'b1']);
});

test('nothing is lost, doubled or out of order, whatever is added, deleted and taken', () => {
  const step = fc.record({
    line: fc.constantFrom('a', 'b', 'c'),
    kind: fc.constantFrom('add', 'add', 'delete', 'next'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const rotation = new Rotation<string>();
      const model: Record<string, string[]> = { a: [], b: [], c: [] };
      for (const [n, { line, kind }] of steps.entries()) {
        const items = model[line] ?? [];
        if (kind === 'add') {
          rotation.add(line, `${line}${n}`);
          items.push(`${line}${n}`);
        } else if (kind === 'delete') {
          const item = items.pop();
          if (item !== undefined) expect(rotation.delete(line, item)).toBe(true);
        } else {
          const item = rotation.next();
          const fronts = Object.values(model).flatMap(([first]) => first ?? []);
          if (item === undefined) expect(fronts).toEqual([]);
          else {
            expect(fronts).toContain(item);
            model[item.slice(0, 1)]?.shift();
          }
        }
        expect(rotation.size).toBe(Object.values(model).flat().length);
      }
      expect(taken(rotation).sort()).toEqual(Object.values(model).flat().sort());
    }),
  );
});
