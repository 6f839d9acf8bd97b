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

const nothing = async (): Promise<void> => undefined;

test('alone, batches of a space that is behind are large and run side by side', async () => {
  const precedence = new Precedence();
  const { ended, end } = held();
  let begun = 0;
  const batches = [1, 2].map(() =>
    precedence.behind('flooded', async () => {
      begun += 1;
      await ended;
    }),
  );
  expect(precedence.isBeside('flooded')).toBe(false);
  expect(begun).toBe(2);
  end();
  await Promise.all(batches);
});

test('beside current spaces they are small, come one at a time, and wait for the job under way', async () => {
  const precedence = new Precedence();
  const [job, first] = [held(), held()];
  const order: string[] = [];
  const current = precedence.during('quiet', async () => {
    await job.ended;
    order.push('current');
  });
  const behind = (name: string, wait: Promise<void> = Promise.resolve()) =>
    precedence.behind('flooded', async () => {
      order.push(name);
      await wait;
    });
  const batches = [behind('first', first.ended), behind('second')];
  job.end();
  await current;
  expect(precedence.isBeside('flooded')).toBe(true);
  await until(() => order.length === 2);
  expect(order).toEqual(['current', 'first']);
  first.end();
  await Promise.all(batches);
  expect(order).toEqual(['current', 'first', 'second']);
});

test('a space does not give way to itself, nor to itself as it was a moment ago', async () => {
  const precedence = new Precedence();
  const job = held();
  await precedence.during('flooded', nothing);
  const current = precedence.during('flooded', () => job.ended);
  expect(precedence.isBeside('flooded')).toBe(false);
  expect(precedence.isBeside('another')).toBe(true);
  await precedence.behind('flooded', nothing);
  job.end();
  await current;
});

test('it gives way to another that had work between jobs of its own', async () => {
  const precedence = new Precedence();
  for (const space of ['flooded', 'quiet', 'flooded', 'flooded']) await precedence.during(space, nothing);
  expect(precedence.isBeside('flooded')).toBe(true);
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

test('a space with many jobs under way crowds others, where there are any', async () => {
  const precedence = new Precedence();
  const job = held();
  const many = Array.from({ length: 4 }, () => precedence.during('flooded', () => job.ended));
  expect(precedence.isCrowding('flooded')).toBe(false);
  await precedence.during('quiet', nothing);
  expect(precedence.isCrowding('flooded')).toBe(true);
  expect(precedence.isCrowding('quiet')).toBe(false);
  job.end();
  await Promise.all(many);
  expect(precedence.isCrowding('flooded')).toBe(false);
});

test('batches do not wait for ever', async () => {
  const precedence = new Precedence();
  const job = held();
  const current = precedence.during('quiet', () => job.ended);
  expect(await precedence.behind('flooded', async () => 'done')).toBe('done');
  job.end();
  await current;
});

test('a batch that fails holds up no other', async () => {
  const precedence = new Precedence();
  await precedence.during('quiet', nothing);
  const failing = precedence.behind('flooded', () =>
    Promise.reject(new Error('the database is unavailable')),
  );
  const next = precedence.behind('flooded', async () => 'done');
  await expect(failing).rejects.toThrow('unavailable');
  expect(await next).toBe('done');
});
