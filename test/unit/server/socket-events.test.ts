/** What the events of a socket do before they reach the services. */
import { expect, test } from 'vitest';
import type { LogRequest } from '../../../core/log.ts';
import { atOnce, type Steps } from '../../../core/ports/steps.ts';
import type { Watching } from '../../../server/delivery/watching.ts';
import { leaving } from '../../../server/leaving.ts';
import type { Waiting } from '../../../server/limits/payload-throttle.ts';
import type { Services } from '../../../server/services.ts';
import { eventHandlers } from '../../../server/sockets/events.ts';
import type { HubSocket } from '../../../server/sockets/types.ts';
import { principal } from '../../support/memory/hub.ts';

const said = { actor: 'user:ada', verb: 'said' };

/** The events of one socket whose large payloads wait for `begin`; what happened, in that order. */
function events() {
  const done: string[] = [];
  const turns: Array<{ begin(): void; refuse(error: unknown): void }> = [];
  const admission = {
    mayRead: (_of: unknown, { bytes, isHeld, onWait }: Waiting) =>
      new Promise<void>((resolve, reject) => {
        onWait?.();
        done.push(`${isHeld ? 'held' : 'unread'}, ${bytes} bytes`);
        turns.push({ begin: resolve, refuse: reject });
      }),
  };
  const services = {
    inSteps: async <T>(_of: unknown, steps: Steps<T>) => atOnce(steps),
    accept: async (_of: unknown, { actions }: LogRequest) => {
      done.push(`accepted ${actions.length}`);
      return actions.map((_, n) => `a${n}`);
    },
  };
  const handlers = eventHandlers(
    services as unknown as Services,
    {} as Watching,
    admission,
    async () => undefined,
  );
  const { signal } = leaving();
  const socket = {} as HubSocket;
  const log = (payload: unknown, bytes: number) =>
    handlers.find('log')?.({
      socket,
      principal: { ...principal('ada'), call: { signal, idle: () => void done.push('idle'), bytes } },
      payload,
      options: undefined,
    });
  return { done, turns, log };
}

test('a large payload waits without a slot until it may be read; what follows on the socket waits behind it', async () => {
  const { done, turns, log } = events();
  await log([said], 100);
  const logged = [log([said, said], 5_000), log(said, 100)];
  expect(done).toEqual(['accepted 1', 'idle', 'held, 5000 bytes', 'idle']);
  turns[0]?.begin();
  await Promise.all(logged);
  expect(done.slice(4)).toEqual(['accepted 2', 'accepted 1']);
});

test('every large payload of a socket is in the throttle at once, and read or refused in its turn', async () => {
  const { done, turns, log } = events();
  const logged = [log([said], 5_000), log([said, said], 6_000), log([said, said, said], 7_000)];
  expect(done.filter((entry) => entry.startsWith('held'))).toEqual([
    'held, 5000 bytes',
    'held, 6000 bytes',
    'held, 7000 bytes',
  ]);
  const settled: string[] = [];
  for (const [n, each] of logged.entries()) {
    each?.then(
      () => settled.push(`accepted ${n}`),
      (error: Error) => settled.push(`${error.message} ${n}`),
    );
  }
  turns[1]?.refuse(new Error('refused'));
  turns[2]?.begin();
  await new Promise(setImmediate);
  expect(settled).toEqual([]);
  turns[0]?.begin();
  await Promise.allSettled(logged);
  expect(settled).toEqual(['accepted 0', 'refused 1', 'accepted 2']);
  expect(done.filter((entry) => entry.startsWith('accepted'))).toEqual(['accepted 1', 'accepted 3']);
});
