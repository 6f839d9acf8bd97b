/** Throttling of a socket's events, before they reach the services. */
import { expect, test } from 'vitest';
import type { LogRequest } from '../../../../core/actions/accept.ts';
import { runToCompletion, type Steps } from '../../../../core/ports/steps.ts';
import type { WatchManager } from '../../../../server/delivery/watch-manager.ts';
import type { ThrottledPayload } from '../../../../server/limits/payload-throttle.ts';
import { createCallSignal } from '../../../../server/operations/call.ts';
import type { Services } from '../../../../server/services.ts';
import { eventHandlers } from '../../../../server/sockets/events.ts';
import type { HubSocket } from '../../../../server/sockets/types.ts';
import { principal } from '../../../support/memory/hub.ts';

const saidAction = { actor: 'user:ada', verb: 'said' };

/** The events of one socket whose large payloads wait for `begin`, and a record of what happened, in order. */
function events() {
  const done: string[] = [];
  const throttleSlots: Array<{ begin(): void; refuse(error: unknown): void }> = [];
  const admission = {
    waitToRead: (_of: unknown, { bytes, isInMemory, onWait }: ThrottledPayload) =>
      new Promise<void>((resolve, reject) => {
        onWait?.();
        done.push(`${isInMemory ? 'in memory' : 'unread'}, ${bytes} bytes`);
        throttleSlots.push({ begin: resolve, refuse: reject });
      }),
  };
  const services = {
    inSteps: async <T>(_of: unknown, steps: Steps<T>) => runToCompletion(steps),
    accept: async (_of: unknown, { actions }: LogRequest) => {
      done.push(`accepted ${actions.length}`);
      return actions.map((_, n) => `a${n}`);
    },
  };
  const handlers = eventHandlers(
    services as unknown as Services,
    {} as WatchManager,
    admission,
    async () => ({ expiresAt: '' }),
  );
  const { signal } = createCallSignal();
  const socket = { data: {} } as HubSocket;
  const log = (payload: unknown, bytes: number) =>
    handlers.get('log')?.handle({
      socket,
      principal: { ...principal('ada'), call: { signal, releaseSlot: () => void done.push('idle'), bytes } },
      payload,
      options: undefined,
    });
  return { done, throttleSlots, log };
}

test('a large payload waits without a slot until it may be read; what follows on the socket waits behind it', async () => {
  const { done, throttleSlots, log } = events();
  await log([saidAction], 100);
  const logged = [log([saidAction, saidAction], 5_000), log(saidAction, 100)];
  expect(done).toEqual(['accepted 1', 'idle', 'in memory, 5000 bytes', 'idle']);
  throttleSlots[0]?.begin();
  await Promise.all(logged);
  expect(done.slice(4)).toEqual(['accepted 2', 'accepted 1']);
});

test('all large payloads of a socket enter the throttle at once, and are read or refused in order', async () => {
  const { done, throttleSlots, log } = events();
  const logged = [
    log([saidAction], 5_000),
    log([saidAction, saidAction], 6_000),
    log([saidAction, saidAction, saidAction], 7_000),
  ];
  expect(done.filter((entry) => entry.startsWith('in memory'))).toEqual([
    'in memory, 5000 bytes',
    'in memory, 6000 bytes',
    'in memory, 7000 bytes',
  ]);
  const outcomes: string[] = [];
  for (const [n, each] of logged.entries()) {
    each?.then(
      () => outcomes.push(`accepted ${n}`),
      (error: Error) => outcomes.push(`${error.message} ${n}`),
    );
  }
  throttleSlots[1]?.refuse(new Error('refused'));
  throttleSlots[2]?.begin();
  await new Promise(setImmediate);
  expect(outcomes).toEqual([]);
  throttleSlots[0]?.begin();
  await Promise.allSettled(logged);
  expect(outcomes).toEqual(['accepted 0', 'refused 1', 'accepted 2']);
  expect(done.filter((entry) => entry.startsWith('accepted'))).toEqual(['accepted 1', 'accepted 3']);
});
