/** How the benchmark compares the hub with the bare work. */
import { expect, test } from 'vitest';
import { alternate, compareRounds, roundsWithin } from '../../../bench/comparison.ts';

test('the ratio is the median of the ratios, not the ratio of the medians', () => {
  const compared = compareRounds([
    { hub: 1, bare: 10 },
    { hub: 20, bare: 10 },
    { hub: 9, bare: 3 },
  ]);
  expect(compared).toEqual({ hub: 9, bare: 10, ratio: 2, spread: { min: 0.1, max: 3, rounds: 3 } });
});

test('rounds alternate which of the two goes first', async () => {
  const order: string[] = [];
  const record = (name: string, result: number) => async (round: number) => {
    order.push(`${name} ${round}`);
    return result * round;
  };
  const rounds = await alternate(3, record('hub', 2), record('bare', 1));
  expect(order).toEqual(['hub 1', 'bare 1', 'bare 2', 'hub 2', 'hub 3', 'bare 3']);
  expect(rounds).toEqual([
    { hub: 2, bare: 1 },
    { hub: 4, bare: 2 },
    { hub: 6, bare: 3 },
  ]);
});

test('no round begins after the time, except the first', () => {
  expect([...roundsWithin(3, Number.POSITIVE_INFINITY)]).toEqual([1, 2, 3]);
  expect([...roundsWithin(3, -1)]).toEqual([1]);
});
