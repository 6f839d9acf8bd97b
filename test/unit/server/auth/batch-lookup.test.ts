/** Concurrent lookups share a query. Each lookup is part of a query that starts after it. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BatchLookup } from '../../../../server/auth/batch-lookup.ts';
import { until } from '../../../support/until.ts';

interface Lookup {
  space: string;
  names: readonly string[];
  resolve(found: readonly string[]): void;
  reject(error: Error): void;
}

function createLookup() {
  const lookups: Lookup[] = [];
  const batcher = new BatchLookup(
    (space, names) =>
      new Promise((resolve, reject) => {
        lookups.push({ space, names, resolve, reject });
      }),
  );
  return { lookups, batcher };
}

test('concurrent lookups share the next query', async () => {
  const { lookups, batcher } = createLookup();
  const first = batcher.has('a', 'ada');
  const others = ['ben', 'cleo', 'ben'].map((name) => batcher.has('a', name));
  const elsewhere = batcher.has('b', 'ada');
  expect(lookups.map(({ space, names }) => [space, names])).toEqual([
    ['a', ['ada']],
    ['b', ['ada']],
  ]);
  lookups[0]?.resolve(['ada']);
  lookups[1]?.resolve([]);
  expect(await Promise.all([first, elsewhere])).toEqual([true, false]);
  await until(() => lookups.length === 3);
  expect(lookups[2]?.names).toEqual(['ben', 'cleo']);
  lookups[2]?.resolve(['cleo']);
  expect(await Promise.all(others)).toEqual([false, true, false]);
  // No query is in progress, so the next one starts immediately.
  void batcher.has('a', 'dora');
  await until(() => lookups.length === 4);
});

test('a failed query rejects its own lookups, but not the next ones', async () => {
  const { lookups, batcher } = createLookup();
  const first = batcher.has('a', 'ada');
  const second = batcher.has('a', 'ben');
  lookups[0]?.reject(new Error('the database is unavailable'));
  await expect(first).rejects.toThrow('unavailable');
  await until(() => lookups.length === 2);
  lookups[1]?.resolve(['ben']);
  expect(await second).toBe(true);
});

test('a query without a response does not block the next one', async () => {
  const { lookups, batcher } = createLookup();
  void batcher.has('a', 'ada');
  const second = batcher.has('a', 'ben');
  await until(() => lookups.length === 2);
  lookups[1]?.resolve([]);
  expect(await second).toBe(false);
});

test('lookups in a burst share queries, however fast the database is', async () => {
  const queries: number[] = [];
  const batcher = new BatchLookup(async (_space, names) => {
    queries.push(names.length);
    return [];
  });
  const results: Array<Promise<boolean>> = [];
  for (let count = 0; count < 100; count += 1) {
    results.push(batcher.has('a', `user-${count}`));
    await setImmediate();
  }
  await Promise.all(results);
  expect(queries.reduce((sum, names) => sum + names, 0)).toBe(100);
  expect(queries.length).toBeLessThan(50);
});
