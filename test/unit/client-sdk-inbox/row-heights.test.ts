import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heights, indexAt, rowRangeOf } from '../../../client-sdk/inbox/engine/row-heights.ts';

const list = (count: number) => Array.from({ length: count }, (_, index) => ({ id: String(index) }));
const offsetsOf = (heights: number[]) => {
  const known = new Heights();
  for (const [index, height] of heights.entries()) known.record(String(index), height);
  return known.offsetsOf(list(heights.length));
};

describe('heights', () => {
  it('of unmeasured items are guessed, then estimated from the measured ones', () => {
    const heights = new Heights(50);
    expect([...heights.offsetsOf(list(3))]).toEqual([0, 50, 100, 150]);
    heights.record('0', 100);
    heights.record('1', 60);
    expect([...heights.offsetsOf(list(4))]).toEqual([0, 100, 160, 240, 320]);
  });

  it('that are known already cause no update', () => {
    const heights = new Heights();
    expect([heights.record('a', 70), heights.record('a', 70), heights.record('a', 71)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('measured later do not change the estimate once there are enough', () => {
    const heights = new Heights();
    for (const { id } of list(8)) heights.record(id, 80);
    heights.record('8', 1_000);
    const offsets = heights.offsetsOf(list(100));
    expect(offsets[100]).toBe(8 * 80 + 1_000 + 91 * 80);
  });

  it('are forgotten when the width changes', () => {
    const heights = new Heights(50);
    heights.record('0', 100);
    heights.clear();
    expect([...heights.offsetsOf(list(2))]).toEqual([0, 50, 100]);
  });

  it('of removed items are not kept forever', () => {
    const heights = new Heights(10);
    for (let index = 0; index < 5_000; index += 1) heights.record(`gone ${index}`, 99);
    heights.record('0', 33);
    heights.offsetsOf(list(2));
    // The estimate stays, but heights of the other items cause an update again.
    expect(heights.record('gone 7', 99)).toBe(true);
    expect(heights.record('0', 33)).toBe(false);
  });
});

describe('the window', () => {
  it('of an empty list is empty', () => {
    expect(rowRangeOf(offsetsOf([]), 0, 500)).toEqual({ start: 0, end: 0 });
    expect(indexAt(offsetsOf([]), 0)).toBe(-1);
  });

  it('contains at least one item at any scroll position', () => {
    const offsets = offsetsOf([10, 20, 30]);
    expect(rowRangeOf(offsets, -500, -400)).toEqual({ start: 0, end: 1 });
    expect(rowRangeOf(offsets, 900, 1_000)).toEqual({ start: 2, end: 3 });
    expect(rowRangeOf(offsets, 15, 5)).toEqual({ start: 1, end: 2 });
  });

  it('contains exactly the visible items', () => {
    const heights = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        heights,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(2_000),
        (some, part, length) => {
          const offsets = offsetsOf(some);
          const total = offsets[some.length] ?? 0;
          const top = part * (total - 0.5);
          const { start, end } = rowRangeOf(offsets, top, top + length);
          const seen = some.flatMap((_, index) => {
            const [from = 0, to = 0] = [offsets[index], offsets[index + 1]];
            return to > top && from <= top + length ? [index] : [];
          });
          expect([start, end - 1]).toEqual([seen[0], seen.at(-1)]);
        },
      ),
    );
  });
});
