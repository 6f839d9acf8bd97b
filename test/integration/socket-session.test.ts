/** The token of a socket: renewal, refusal, expiry. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedPage } from '../../protocol/entities.ts';
import { logAndWait } from '../support/feeds.ts';
import { TestHub } from '../support/hub.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

const left = (expiresAt: string) => Date.parse(expiresAt) - Date.now();

describe('an expiring token', () => {
  test('notifies the client, then ends the connection', async () => {
    const socket = await hub.socket('ada', { lifetime: 3 });
    const events: string[] = [];
    socket.raw.on('session:expired', () => events.push('expired'));
    socket.raw.on('disconnect', (reason: string) => events.push(reason));
    await until(() => !socket.raw.connected);
    expect(events).toEqual(['expired', 'io server disconnect']);
  });

  test('keeps the connection if it is renewed in time', async () => {
    const socket = await hub.socket('bob', { lifetime: 5 });
    const witness = await hub.socket('bob', { lifetime: 6 });
    const token = await tokenFor('bob', { lifetime: 600 });
    const { expiresAt } = await socket.get<{ expiresAt: string }>('auth', { token });
    expect(left(expiresAt)).toBeGreaterThan(590_000);
    expect(left(expiresAt)).toBeLessThanOrEqual(600_000);
    // The new token expires after the first one.
    await until(() => !witness.raw.connected);
    expect(socket.raw.connected).toBe(true);
    expect(socket.otherEvents).toEqual([]);
    expect(await socket.get<FeedPage>('feed:list', {})).toMatchObject({ items: [] });
  });

  test('ends the connection earlier if it is renewed by a shorter one', async () => {
    const socket = await hub.socket('cy', { lifetime: 600 });
    await socket.get('auth', { token: await tokenFor('cy', { lifetime: 3 }) });
    await until(() => !socket.raw.connected);
    expect(socket.otherEvents).toEqual(['session:expired']);
  });

  test('notifies the client of a gap if a renewal removes or restores the feed scope', async () => {
    const socket = await hub.socket('eve');
    const renewed = (claims: { scope?: string }) =>
      tokenFor('eve', claims).then((token) => socket.get('auth', { token }));
    await renewed({ scope: 'feed' });
    expect(socket.otherEvents).toEqual([]);
    await renewed({ scope: 'log' });
    await until(() => socket.otherEvents.length === 1);
    expect(await socket.request('feed:list', {})).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    await renewed({ scope: 'feed track' });
    await until(() => socket.otherEvents.length === 2);
    expect(socket.otherEvents).toEqual(['feed:stale', 'feed:stale']);
    expect(await socket.get('feed:list', {})).toMatchObject({ items: [] });
  });

  test('may last longer than a timer can', async () => {
    const lifetime = 100 * 24 * 3_600;
    const socket = await hub.socket('dan', { lifetime });
    const { expiresAt } = await socket.get<{ expiresAt: string }>('auth', {
      token: await tokenFor('dan', { lifetime }),
    });
    expect(left(expiresAt)).toBeGreaterThan((lifetime - 10) * 1_000);
    expect(await socket.get('feed:list', {})).toMatchObject({ items: [] });
    expect(socket.otherEvents).toEqual([]);
  });
});

describe('a renewal is refused', () => {
  test.each<[string, () => Promise<string>, string]>([
    ['by a token of another user', () => tokenFor('eve'), 'forbidden'],
    ['by a token of another space', () => tokenFor('ada', { space: 'other' }), 'forbidden'],
    ['by an expired token', () => tokenFor('ada', { lifetime: -1 }), 'unauthenticated'],
    [
      'by a token of another secret',
      () => tokenFor('ada', {}, 'another secret of somebody'),
      'unauthenticated',
    ],
    ['by nonsense', async () => 'nonsense', 'unauthenticated'],
  ])('%s, and the old token stays valid', async (_what, token, code) => {
    const socket = await hub.socket('ada');
    expect(await socket.request('auth', { token: await token() })).toMatchObject({
      ok: false,
      error: { code, retryable: false },
    });
    expect(await socket.get('feed:list', {})).toMatchObject({ items: [] });
  });
});

describe('after a renewal', () => {
  test('removed scopes and their pushes end, and can come back', async () => {
    const socket = await hub.socket('fay');
    const witness = await hub.socket('fay');
    await socket.get('auth', { token: await tokenFor('fay', { scope: 'log' }) });
    expect(await socket.request('feed:list', {})).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    await logAndWait(hub, 'fay', 1);
    await until(() => witness.items.length === 1);
    expect(socket.items).toEqual([]);

    await socket.get('auth', { token: await tokenFor('fay') });
    await logAndWait(hub, 'fay', 1);
    await until(() => socket.items.length === 1);
  });
});

test('a socket without the scope feed gets no pushes', async () => {
  const blind = await hub.socket('gil', { scope: 'log track' });
  const witness = await hub.socket('gil');
  await logAndWait(hub, 'gil', 1);
  await until(() => witness.counts.length > 0);
  expect([blind.items, blind.counts]).toEqual([[], []]);
});
