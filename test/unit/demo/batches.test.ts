import { expect, it } from 'vitest';
import { batchSize, inBatches, RateLimiter } from '../../../demo/batches.ts';
import type { ActionInput } from '../../../protocol/entities.ts';

const action = (n: number, size = 0): ActionInput => ({
  actor: 'user:ada',
  verb: `v${n}`,
  data: { filler: 'x'.repeat(size) },
});

async function sizes(actions: ActionInput[], size?: number): Promise<number[]> {
  const found: number[] = [];
  for await (const batch of inBatches(actions, size)) found.push(batch.length);
  return found;
}

it('the demo puts at most 500 actions into a batch, in order', async () => {
  const actions = Array.from({ length: 1_201 }, (_, n) => action(n));
  expect(await sizes(actions)).toEqual([500, 500, 201]);
  const verbs: string[] = [];
  for await (const batch of inBatches(actions)) verbs.push(...batch.map(({ verb }) => verb));
  expect(verbs).toEqual(actions.map(({ verb }) => verb));
});

it('the demo keeps a batch below the hub’s limit of bytes', async () => {
  expect(await sizes(Array.from({ length: 30 }, (_, n) => action(n, 60_000)))).toEqual([17, 13]);
});

it('the demo makes no batch without actions', async () => {
  expect(await sizes([])).toEqual([]);
});

it('the demo sends actions one by one at a low rate, and larger batches at a high rate', () => {
  expect([0.5, 20, 100, 100_000, undefined].map(batchSize)).toEqual([1, 1, 5, 500, 500]);
});

it('the demo keeps its rate', async () => {
  const pace = new RateLimiter(100);
  const started = performance.now();
  for (let n = 0; n < 11; n += 1) await pace.wait(1);
  expect(performance.now() - started).toBeGreaterThan(95);
});
