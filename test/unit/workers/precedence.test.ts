/** What a worker does for spaces that are behind gives way to the others. */
import { expect, test } from 'vitest';
import { Precedence } from '../../../workers/precedence.ts';
import { until } from '../../support/until.ts';

const held = () => {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { ended, end };
};

test('alone, batches of spaces that are behind are large and run side by side', async () => {
  const precedence = new Precedence();
  const { ended, end } = held();
  const begun: boolean[] = [];
  const batches = [1, 2].map(() =>
    precedence.behind('behind', async (isBeside) => {
      begun.push(isBeside);
      await ended;
    }),
  );
  expect(begun).toEqual([false, false]);
  end();
  await Promise.all(batches);
});

test('beside current spaces they are small, come one at a time, and wait for the job under way', async () => {
  const precedence = new Precedence();
  const [job, first] = [held(), held()];
  const order: string[] = [];
  const current = precedence.during('current', async () => {
    await job.ended;
    order.push('current');
  });
  const behind = (name: string, wait: Promise<void> = Promise.resolve()) =>
    precedence.behind('behind', async (isBeside) => {
      order.push(`${name}, ${isBeside ? 'small' : 'large'}`);
      await wait;
    });
  const batches = [behind('first', first.ended), behind('second')];
  job.end();
  await current;
  await until(() => order.length === 2);
  expect(order).toEqual(['current', 'first, small']);
  first.end();
  await Promise.all(batches);
  expect(order).toEqual(['current', 'first, small', 'second, small']);
});

test('a space does not give way to itself, nor to itself as it was a moment ago', async () => {
  const precedence = new Precedence();
  const job = held();
  await precedence.during('flooded', async () => undefined);
  const current = precedence.during('flooded', () => job.ended);
  expect(await precedence.behind('flooded', async (isBeside) => isBeside)).toBe(false);
  expect(await precedence.behind('another', async (isBeside) => isBeside)).toBe(true);
  job.end();
  await current;
});

test('it gives way to another that had work between two jobs of its own', async () => {
  const precedence = new Precedence();
  for (const space of ['flooded', 'quiet', 'flooded', 'flooded']) {
    await precedence.during(space, async () => undefined);
  }
  expect(await precedence.behind('flooded', async (isBeside) => isBeside)).toBe(true);
});

test('a batch goes on when the jobs of all others have ended', async () => {
  const precedence = new Precedence();
  const [own, other] = [held(), held()];
  const current = [
    precedence.during('flooded', () => own.ended),
    precedence.during('quiet', () => other.ended),
  ];
  let hasBegun = false;
  const batch = precedence.behind('flooded', async () => {
    hasBegun = true;
  });
  other.end();
  await current[1];
  await until(() => hasBegun);
  own.end();
  await Promise.all([...current, batch]);
});

test('they do not wait for ever', async () => {
  const precedence = new Precedence();
  const job = held();
  const current = precedence.during('current', () => job.ended);
  expect(await precedence.behind('behind', async (isBeside) => isBeside)).toBe(true);
  job.end();
  await current;
});

test('a batch that fails holds up no other', async () => {
  const precedence = new Precedence();
  await precedence.during('current', async () => undefined);
  const failing = precedence.behind('behind', () => Promise.reject(new Error('the database is away')));
  const next = precedence.behind('behind', async () => 'done');
  await expect(failing).rejects.toThrow('away');
  expect(await next).toBe('done');
});
