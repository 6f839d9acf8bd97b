/** Large batches go to Redis a few at a time, and small ones past them. */
import { expect, test } from 'vitest';
import type { LoggedAction } from '../../../core/model.ts';
import type { ActionQueue, ArrivingBatch } from '../../../core/ports/queue.ts';
import { inTurn } from '../../../server/limits/in-turn.ts';
import { until } from '../../support/until.ts';

function held(): { queue: ActionQueue; begun: string[]; answer: () => void } {
  const begun: string[] = [];
  const answers: Array<() => void> = [];
  const queue = inTurn({
    room: async () => null,
    knows: async () => false,
    pending: async () => [],
    dead: async () => [],
    releaseDead: async () => undefined,
    accept: ({ subject }) => {
      begun.push(subject);
      return new Promise((resolve) => {
        answers.push(() => resolve({ kind: 'accepted', ids: [] }));
      });
    },
  });
  return { queue, begun, answer: () => answers.shift()?.() };
}

const action = (): LoggedAction => ({
  ...{ id: '', actor: null, verb: 'said', targets: [], related: [], level: 30, data: {} },
  ...{ timestamp: 0, updatedAt: 0, count: 1, notify: [] },
});

const batch = (space: string, subject: string, length: number): ArrivingBatch => ({
  ...{ space, subject, key: null, hash: '' },
  actions: Array.from({ length }, () => ({ action: action(), key: null, hash: '' })),
});

test('one of a space at a time, two of all spaces, and small ones at once', async () => {
  const { queue, begun, answer } = held();
  const accepting = [
    queue.accept(batch('loud', 'first', 500)),
    queue.accept(batch('loud', 'second', 500)),
    queue.accept(batch('quiet', 'other', 500)),
    queue.accept(batch('third', 'third', 500)),
    queue.accept(batch('loud', 'small', 1)),
  ];
  await until(() => begun.length === 3);
  expect(begun.toSorted()).toEqual(['first', 'other', 'small']);
  while (begun.length < 5) {
    answer();
    await new Promise(setImmediate);
  }
  expect(begun.toSorted()).toEqual(['first', 'other', 'second', 'small', 'third']);
  for (let left = 0; left < 5; left += 1) answer();
  await Promise.all(accepting);
});
