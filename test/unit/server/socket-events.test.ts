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

test('a large payload waits without a slot until it may be read; what follows on the socket waits behind it', async () => {
  const done: string[] = [];
  let mayRead: () => void = () => undefined;
  const admission = {
    mayRead: (_of: unknown, { bytes, isHeld, onWait }: Waiting) =>
      new Promise<void>((resolve) => {
        onWait?.();
        done.push(`${isHeld ? 'held' : 'unread'}, ${bytes} bytes`);
        mayRead = resolve;
      }),
  };
  const services = {
    inSteps: async <T>(_of: unknown, steps: Steps<T>) => atOnce(steps),
    accept: async (_of: unknown, { actions }: LogRequest) => {
      done.push(`accepted ${actions.length}`);
      return actions.map((_, n) => `a${n}`);
    },
  };
  const events = eventHandlers(
    services as unknown as Services,
    {} as Watching,
    admission,
    async () => undefined,
  );
  const { signal } = leaving();
  const socket = {} as HubSocket;
  const log = (payload: unknown, bytes: number) =>
    events.find('log')?.({
      socket,
      principal: { ...principal('ada'), call: { signal, idle: () => void done.push('idle'), bytes } },
      payload,
      options: undefined,
    });
  await log([said], 100);
  const logged = [log([said, said], 5_000), log(said, 100)];
  expect(done).toEqual(['accepted 1', 'idle', 'held, 5000 bytes', 'idle']);
  mayRead();
  await Promise.all(logged);
  expect(done.slice(4)).toEqual(['accepted 2', 'accepted 1']);
});
