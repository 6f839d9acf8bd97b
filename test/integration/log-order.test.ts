/** The actions of a client are accepted in the order of sending, even if large batches are read in slices. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
});
afterAll(() => hub.close());

test('a single action is accepted after the batch that was sent before it', async () => {
  const socket = await hub.socket('ada');
  const saidAction = (n: number) => ({ actor: 'user:ada', verb: 'said', n });
  const batch = Array.from({ length: 400 }, (_, n) => saidAction(n));
  const order: string[] = [];
  const log = async (name: string, input: unknown) => {
    await socket.get<LogAnswer>('log', input);
    order.push(name);
  };
  await Promise.all([log('batch', batch), log('one', saidAction(400)), log('two', saidAction(401))]);
  expect(order).toEqual(['batch', 'one', 'two']);
  // The failed batch does not affect later actions.
  await log('three', saidAction(402));
  expect(order).toHaveLength(4);
});

test('actions after a refused batch are accepted', async () => {
  const socket = await hub.socket('ben');
  const bad = Array.from({ length: 400 }, (_, n) => ({ actor: 'user:ben', verb: n === 399 ? '' : 'said' }));
  const [refused, accepted] = await Promise.all([
    socket.request<LogAnswer>('log', bad),
    socket.request<LogAnswer>('log', { actor: 'user:ben', verb: 'said' }),
  ]);
  expect(refused).toMatchObject({ ok: false, error: { fields: [{ path: 'actions[399].verb' }] } });
  expect(accepted.ok).toBe(true);
});
