/** The download sizes for pages. `npm run sizes` prints them. */
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { measure, table } from '../../client-sdk/build/sizes.ts';

const { built } = inject('packages');
const sizes = await measure(built);
const of = (name: string) => sizes.find((size) => size.name.startsWith(name));

test.each(['headless client,', 'element with lit,', 'the same with the labels of all languages'])(
  '%s is small enough',
  (name) => {
    const { gzipped = Number.POSITIVE_INFINITY, limit } = of(name) ?? {};
    expect(limit).toBeGreaterThan(0);
    expect(gzipped, table(sizes)).toBeLessThanOrEqual(limit ?? 0);
  },
);

test('shared code counts once, and other code counts', () => {
  // lit alone is more than half of this; the headless client would double it.
  expect(of('element')?.gzipped).toBeGreaterThan(5_000);
  expect(of('headless client with')?.gzipped).toBeGreaterThan((of('headless client,')?.gzipped ?? 0) + 8_000);
});

test('other languages load later', () => {
  const whole = of('the same with the labels of all languages')?.gzipped ?? 0;
  expect(whole).toBeGreaterThan((of('element')?.gzipped ?? 0) + 3_000);
});

test('an addition is noticed', async () => {
  const larger = `${built}-larger`;
  await cp(built, larger, { recursive: true });
  try {
    const noise = Array.from({ length: 3_000 }, (_, index) => (index * 7_919).toString(36)).join(' ');
    for (const file of ['client/index.js', 'inbox/index.js']) {
      await writeFile(join(larger, file), `\nglobalThis.noise = '${noise}';`, { flag: 'a' });
    }
    const [headless, element] = await measure(larger);
    expect(headless?.gzipped).toBeGreaterThan(headless?.limit ?? 0);
    expect(element?.gzipped).toBeGreaterThan((of('element')?.gzipped ?? 0) + 5_000);
  } finally {
    await rm(larger, { recursive: true });
  }
});
