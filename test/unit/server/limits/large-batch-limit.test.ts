/** Only a few large batches go to Redis at a time. Small ones do not wait for them. */
import { expect, test } from 'vitest';
import type { LoggedAction } from '../../../../core/model/entities.ts';
import { asMillis } from '../../../../core/model/units.ts';
import type { ActionQueue, IncomingBatch } from '../../../../core/ports/queue.ts';
import { limitLargeBatches } from '../../../../server/limits/large-batch-limit.ts';
import { until } from '../../../support/until.ts';

function createQueue(): { queue: ActionQueue; startedBatches: string[]; finishOne: () => void } {
  const startedBatches: string[] = [];
  const responses: Array<() => void> = [];
  const queue = limitLargeBatches({
    checkCapacity: async () => null,
    isKeyUsed: async () => false,
    pending: async () => [],
    deadLettered: async () => [],
    unmarkDeadLettered: async () => undefined,
    accept: ({ subject }) => {
      startedBatches.push(subject);
      return new Promise((resolve) => {
        responses.push(() => resolve({ kind: 'accepted', ids: [] }));
      });
    },
  });
  return { queue, startedBatches, finishOne: () => responses.shift()?.() };
}

const action = (): LoggedAction => ({
  ...{ id: '', actor: null, verb: 'said', targets: [], related: [], level: 30, data: {} },
  ...{ timestamp: asMillis(0), updatedAt: asMillis(0), count: 1, notify: [] },
});

const batch = (space: string, subject: string, length: number): IncomingBatch => ({
  ...{ space, subject, key: null, hash: '' },
  actions: Array.from({ length }, () => ({ action: action(), key: null, hash: '' })),
});

test('one large batch per space is accepted at a time, two overall, and small ones immediately', async () => {
  const { queue, startedBatches, finishOne } = createQueue();
  const pendingCalls = [
    queue.accept(batch('loud', 'first', 500)),
    queue.accept(batch('loud', 'second', 500)),
    queue.accept(batch('quiet', 'other', 500)),
    queue.accept(batch('third', 'third', 500)),
    queue.accept(batch('loud', 'small', 1)),
  ];
  await until(() => startedBatches.length === 3);
  expect(startedBatches.toSorted()).toEqual(['first', 'other', 'small']);
  while (startedBatches.length < 5) {
    finishOne();
    await new Promise(setImmediate);
  }
  expect(startedBatches.toSorted()).toEqual(['first', 'other', 'second', 'small', 'third']);
  for (let left = 0; left < 5; left += 1) finishOne();
  await Promise.all(pendingCalls);
});
