/** Large payloads are worked on in slices, between which everything else goes on. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Steps } from '../../../core/ports/steps.ts';
import { leaving } from '../../../server/leaving.ts';
import { Slices } from '../../../server/slices.ts';
import { principal } from '../../support/memory/hub.ts';

const of = (space: string) => ({ ...principal('ada'), space });

/** Steps of a few milliseconds each, noted as they are done. */
function* busy(name: string, steps: number, done: string[]): Steps<string> {
  for (let step = 0; step < steps; step += 1) {
    const end = performance.now() + 5;
    while (performance.now() < end);
    done.push(name);
    yield;
  }
  return name;
}

test('other work is done between slices', async () => {
  const slices = new Slices();
  const done: string[] = [];
  const working = slices.run(of('loud'), busy('loud', 40, done));
  await delay(1);
  expect(done.length).toBeLessThan(40);
  expect(await working).toBe('loud');
  expect(done).toHaveLength(40);
});

test('spaces take turns, and calls of one space come in order', async () => {
  const slices = new Slices();
  const done: string[] = [];
  const ended: string[] = [];
  const run = async (space: string, name: string, steps: number) =>
    ended.push(await slices.run(of(space), busy(name, steps, done)));
  await Promise.all([run('loud', 'first', 10), run('loud', 'second', 10), run('quiet', 'other', 3)]);
  expect(ended).toEqual(['other', 'first', 'second']);
  // One step of either space in turn, as each takes longer than a slice.
  expect(done.slice(0, 6)).toEqual(['first', 'other', 'first', 'other', 'first', 'other']);
});

test('what throws ends, and what comes after it goes on', async () => {
  const slices = new Slices();
  const throwing = slices.run(
    of('loud'),
    // biome-ignore lint/correctness/useYield: it throws before
    (function* (): Steps<void> {
      throw new Error('not an action');
    })(),
  );
  const next = slices.run(of('loud'), busy('next', 2, []));
  await expect(throwing).rejects.toThrow('not an action');
  expect(await next).toBe('next');
});

test('nothing more is done for a caller who left', async () => {
  const slices = new Slices();
  const done: string[] = [];
  const { signal, leave } = leaving();
  const call = { signal, idle: () => undefined, bytes: null };
  const working = slices.run({ ...of('loud'), call }, busy('left', 1_000, done));
  await delay(1);
  leave();
  await expect(working).rejects.toThrow('left');
  expect(done.length).toBeLessThan(1_000);
});
