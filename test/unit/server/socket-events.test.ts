/** What the events of a socket do before they reach the services. */
import { expect, test } from 'vitest';
import type { LogRequest } from '../../../core/log.ts';
import { atOnce, type Steps } from '../../../core/ports/steps.ts';
import type { Watching } from '../../../server/delivery/watching.ts';
import { leaving } from '../../../server/leaving.ts';
import type { Services } from '../../../server/services.ts';
import { eventHandlers } from '../../../server/sockets/events.ts';
import type { HubSocket } from '../../../server/sockets/types.ts';
import { principal } from '../../support/memory/hub.ts';

const said = { actor: 'user:ada', verb: 'said' };

test('a large batch waits until it may be read; what follows on the socket waits behind it', async () => {
  const done: string[] = [];
  let mayRead: () => void = () => undefined;
  const admission = {
    mayRead: (_of: unknown, bytes: number) =>
      new Promise<void>((resolve) => {
        done.push(`waits, ${bytes} bytes`);
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
  const log = (payload: unknown) =>
    events.find('log')?.({
      socket,
      principal: { ...principal('ada'), call: { signal, idle: () => undefined, bytes: 5_000 } },
      payload,
      options: undefined,
    });
  await log([said]);
  const logged = [log(Array.from({ length: 11 }, () => said)), log(said)];
  expect(done).toEqual(['accepted 1', 'waits, 5000 bytes']);
  mayRead();
  await Promise.all(logged);
  expect(done.slice(2)).toEqual(['accepted 11', 'accepted 1']);
});
