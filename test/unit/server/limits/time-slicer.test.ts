/** Large payloads are processed in slices. Other work runs between them. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Steps } from '../../../../core/ports/steps.ts';
import { TimeSlicer } from '../../../../server/limits/time-slicer.ts';
import { createCallSignal } from '../../../../server/operations/call.ts';
import { principal } from '../../../support/memory/hub.ts';

const of = (space: string) => ({ ...principal('ada'), space });

/** Steps of a few milliseconds each, recorded as they complete. */
function* busy(name: string, steps: number, done: string[]): Steps<string> {
  for (let step = 0; step < steps; step += 1) {
    const end = performance.now() + 5;
    while (performance.now() < end);
    done.push(name);
    yield;
  }
  return name;
}

test('other work runs between slices', async () => {
  const timeSlicer = new TimeSlicer();
  const done: string[] = [];
  const running = timeSlicer.run(of('loud'), busy('loud', 40, done));
  await delay(1);
  expect(done.length).toBeLessThan(40);
  expect(await running).toBe('loud');
  expect(done).toHaveLength(40);
});

test('spaces take turns, and calls of one space keep their order', async () => {
  const timeSlicer = new TimeSlicer();
  const done: string[] = [];
  const ended: string[] = [];
  const run = async (space: string, name: string, steps: number) =>
    ended.push(await timeSlicer.run(of(space), busy(name, steps, done)));
  await Promise.all([run('loud', 'first', 10), run('loud', 'second', 10), run('quiet', 'other', 3)]);
  expect(ended).toEqual(['other', 'first', 'second']);
  // The spaces alternate after each step, because a step takes longer than a slice.
  expect(done.slice(0, 6)).toEqual(['first', 'other', 'first', 'other', 'first', 'other']);
});

test('a failed call does not affect the next ones', async () => {
  const timeSlicer = new TimeSlicer();
  const throwing = timeSlicer.run(
    of('loud'),
    // biome-ignore lint/correctness/useYield: it throws before
    (function* (): Steps<void> {
      throw new Error('not an action');
    })(),
  );
  const next = timeSlicer.run(of('loud'), busy('next', 2, []));
  await expect(throwing).rejects.toThrow('not an action');
  expect(await next).toBe('next');
});

test('nothing runs for a caller that disconnected', async () => {
  const timeSlicer = new TimeSlicer();
  const done: string[] = [];
  const { signal, abort } = createCallSignal();
  const call = { signal, releaseSlot: () => undefined, bytes: null };
  const running = timeSlicer.run({ ...of('loud'), call }, busy('left', 1_000, done));
  await delay(1);
  abort();
  await expect(running).rejects.toThrow('the caller disconnected');
  expect(done.length).toBeLessThan(1_000);
});
