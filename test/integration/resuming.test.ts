/** Hundreds of clients of one space that come back at once do not keep a client of another one waiting. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedChanges, FeedPage } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import type { TestSocket } from '../support/socket.ts';

const CLIENTS = 40;
/** Calls of each: as many as one socket has at work. */
const CALLS = 8;

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
});
afterAll(() => hub.close());

test('a first page of another space comes before most of what they missed', async () => {
  const loud: TestSocket[] = [];
  for (let n = 0; n < CLIENTS; n += 1) loud.push(await hub.socket(`ada-${n}`, { space: 'loud' }));
  const quiet = await hub.socket('ben', { space: 'quiet' });
  const [first] = loud;
  const { position } = (await first?.get<FeedPage>('feed:list', {})) ?? { position: '' };
  await quiet.get<FeedPage>('feed:list', {});
  let answered = 0;
  const missed = loud.flatMap((socket) =>
    Array.from({ length: CALLS }, async () => {
      await socket.get<FeedChanges>('feed:changes', { position });
      answered += 1;
    }),
  );
  await Promise.race(missed);
  const before = answered;
  await quiet.get<FeedPage>('feed:list', {});
  expect(answered - before).toBeLessThan((CLIENTS * CALLS) / 2);
  await Promise.all(missed);
  expect(answered).toBe(CLIENTS * CALLS);
});
