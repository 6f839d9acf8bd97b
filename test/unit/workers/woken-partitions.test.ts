/** Who continues with woken partitions that are not empty when their turn ends. */
import { expect, test } from 'vitest';
import { SpacePriority } from '../../../workers/space-priority.ts';
import type { TimeSliceDeps } from '../../../workers/time-slice.ts';
import { processWoken } from '../../../workers/woken-partitions.ts';

const LAGGING_ABOVE = 100;

/** Takes a turn at partitions 1 and 2 with this outcome: what it leaves, or an error. Returns what was requested. */
async function takeTurn(outcome: number[] | Error, pendingCount = 0): Promise<string[]> {
  const requested: string[] = [];
  const deps = {
    partitions: { pendingCount: async () => pendingCount },
    batchJobQueue: {
      isLagging: (_space: string, count: number) => count > LAGGING_ABOVE,
      notify: async (_space: string, numbers: number[]) => void requested.push(`jobs for ${numbers}`),
    },
    wakeUps: {
      async withClaims() {
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
      wake: async (_space: string, numbers: number[]) => void requested.push(`wake-ups for ${numbers}`),
    },
    spacePriority: new SpacePriority(),
  } as unknown as TimeSliceDeps;
  const onFailure = (error: unknown) => void requested.push(String(error));
  await processWoken(deps, { space: 'acme', partitions: [1, 2] }, onFailure);
  return requested;
}

test('nobody, if they are empty', async () => {
  expect(await takeTurn([])).toEqual([]);
});

test('a woken worker, which processes them together again', async () => {
  expect(await takeTurn([2])).toEqual(['wake-ups for 2']);
});

test('jobs, if their space lags', async () => {
  expect(await takeTurn([2], LAGGING_ABOVE + 1)).toEqual(['jobs for 2']);
});

test('jobs after a failure, because they count it', async () => {
  expect(await takeTurn(new Error('no database'))).toEqual(['Error: no database', 'jobs for 1,2']);
});
