/** A worker's batches of lagging spaces yield to those of current spaces. */
import { expect, test } from 'vitest';
import { SpacePriority } from '../../../workers/space-priority.ts';
import { until } from '../../support/until.ts';

const createJob = () => {
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { finished, finish };
};

const noop = async (): Promise<void> => undefined;

test('alone, batches of a lagging space are large and run in parallel', async () => {
  const spacePriority = new SpacePriority();
  const { finished, finish } = createJob();
  let startedCount = 0;
  const batches = [1, 2].map(() =>
    spacePriority.runLagging('flooded', async () => {
      startedCount += 1;
      await finished;
    }),
  );
  expect(spacePriority.isCompeting('flooded')).toBe(false);
  expect(startedCount).toBe(2);
  finish();
  await Promise.all(batches);
});

test('beside current spaces, batches of a lagging space run one at a time after a running job', async () => {
  const spacePriority = new SpacePriority();
  const [job, first] = [createJob(), createJob()];
  const order: string[] = [];
  const current = spacePriority.runCurrent('quiet', async () => {
    await job.finished;
    order.push('current');
  });
  const runLaggingBatch = (name: string, wait: Promise<void> = Promise.resolve()) =>
    spacePriority.runLagging('flooded', async () => {
      order.push(name);
      await wait;
    });
  const batches = [runLaggingBatch('first', first.finished), runLaggingBatch('second')];
  job.finish();
  await current;
  expect(spacePriority.isCompeting('flooded')).toBe(true);
  await until(() => order.length === 2);
  expect(order).toEqual(['current', 'first']);
  first.finish();
  await Promise.all(batches);
  expect(order).toEqual(['current', 'first', 'second']);
});

test('a space does not yield to itself', async () => {
  const spacePriority = new SpacePriority();
  const job = createJob();
  await spacePriority.runCurrent('flooded', noop);
  const current = spacePriority.runCurrent('flooded', () => job.finished);
  expect(spacePriority.isCompeting('flooded')).toBe(false);
  expect(spacePriority.isCompeting('another')).toBe(true);
  await spacePriority.runLagging('flooded', noop);
  job.finish();
  await current;
});

test('a space yields to another space that had work between its own jobs', async () => {
  const spacePriority = new SpacePriority();
  for (const space of ['flooded', 'quiet', 'flooded', 'flooded']) await spacePriority.runCurrent(space, noop);
  expect(spacePriority.isCompeting('flooded')).toBe(true);
});

test('a batch continues when the jobs of all other spaces have ended', async () => {
  const spacePriority = new SpacePriority();
  const [own, other] = [createJob(), createJob()];
  const current = [
    spacePriority.runCurrent('flooded', () => own.finished),
    spacePriority.runCurrent('quiet', () => other.finished),
  ];
  let hasStarted = false;
  const batch = spacePriority.runLagging('flooded', async () => {
    hasStarted = true;
  });
  other.finish();
  await current[1];
  await until(() => hasStarted);
  own.finish();
  await Promise.all([...current, batch]);
});

test('a space with many running jobs counts as flooding if there are others', async () => {
  const spacePriority = new SpacePriority();
  const job = createJob();
  const flooding = Array.from({ length: 4 }, () => spacePriority.runCurrent('flooded', () => job.finished));
  expect(spacePriority.exceedsShare('flooded')).toBe(false);
  await spacePriority.runCurrent('quiet', noop);
  expect(spacePriority.exceedsShare('flooded')).toBe(true);
  expect(spacePriority.exceedsShare('quiet')).toBe(false);
  job.finish();
  await Promise.all(flooding);
  expect(spacePriority.exceedsShare('flooded')).toBe(false);
});

test('batches do not wait forever', async () => {
  const spacePriority = new SpacePriority();
  const job = createJob();
  const current = spacePriority.runCurrent('quiet', () => job.finished);
  expect(await spacePriority.runLagging('flooded', async () => 'done')).toBe('done');
  job.finish();
  await current;
});

test('a failed batch blocks no other', async () => {
  const spacePriority = new SpacePriority();
  await spacePriority.runCurrent('quiet', noop);
  const failing = spacePriority.runLagging('flooded', () =>
    Promise.reject(new Error('the database is unavailable')),
  );
  const next = spacePriority.runLagging('flooded', async () => 'done');
  await expect(failing).rejects.toThrow('unavailable');
  expect(await next).toBe('done');
});
