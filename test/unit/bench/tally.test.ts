/** How the benchmark notices missing and doubled results. */
import { expect, test } from 'vitest';
import { faultOf, joinFaults, Tally } from '../../../bench/tally.ts';

const tallyOf = (expected: number, ...ids: string[]): Tally => {
  const tally = new Tally('receipts', expected);
  for (const id of ids) tally.add(id);
  return tally;
};

test('everything once is no fault', () => {
  const tally = tallyOf(2, 'ada', 'grace');
  expect(tally.isComplete).toBe(true);
  expect(tally.fault).toBeUndefined();
});

test('a missing result is a fault, even if another one came twice', () => {
  const tally = tallyOf(3, 'ada', 'ada', 'grace');
  expect(tally.isComplete).toBe(false);
  expect(tally.fault).toBe('1 of 3 receipts missing, 1 receipts doubled');
});

test('more results than expected are a fault', () => {
  expect(faultOf('items', 10, { distinct: 12 })).toBe('2 items too many');
  expect(faultOf('items', 10, { distinct: 10, doubled: 0 })).toBeUndefined();
});

test('faults of several rounds are joined, each once', () => {
  expect(joinFaults(undefined, 'one', undefined, 'two', 'one')).toBe('one; two');
  expect(joinFaults(undefined, undefined)).toBeUndefined();
});
