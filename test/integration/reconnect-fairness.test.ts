/** Hundreds of reconnecting clients of one space do not delay a client of another one. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedChanges, FeedPage } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import type { TestSocket } from '../support/socket.ts';

const CLIENTS = 40;
/** Calls per client: the maximum of active calls of a socket. */
const CALLS = 8;

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
});
afterAll(() => hub.close());

test('first pages of another space come before most of the catch-up of a flooded one', async () => {
  const flooding: TestSocket[] = [];
  for (let n = 0; n < CLIENTS; n += 1) flooding.push(await hub.socket(`ada-${n}`, { space: 'loud' }));
  const otherSocket = await hub.socket('ben', { space: 'quiet' });
  const [first] = flooding;
  const { position } = (await first?.get<FeedPage>('feed:list', {})) ?? { position: '' };
  await otherSocket.get<FeedPage>('feed:list', {});
  let responseCount = 0;
  const missed = flooding.flatMap((socket) =>
    Array.from({ length: CALLS }, async () => {
      await socket.get<FeedChanges>('feed:changes', { position });
      responseCount += 1;
    }),
  );
  await Promise.race(missed);
  const before = responseCount;
  await otherSocket.get<FeedPage>('feed:list', {});
  expect(responseCount - before).toBeLessThan((CLIENTS * CALLS) / 2);
  await Promise.all(missed);
  expect(responseCount).toBe(CLIENTS * CALLS);
});
