/** The provider and the hooks in strict mode, with a fake gateway. */

import type { Page } from 'playwright-core';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { item } from '../../unit/client-sdk-client/factory.ts';
import type { FakeGateway } from '../../unit/client-sdk-client/fake-gateway.ts';
import { App, usual } from './page/app.tsx';
import { outputOf, Pages, renderCount, update } from './pages.ts';

const pages = Pages.ofTests();

interface Feed {
  items: string[];
  status: string;
  connection: string;
}
interface Watch {
  items: string[];
  status: string;
}

const callsOf = (gateway: FakeGateway, event: string) =>
  gateway.calls.filter((call) => call.event === event).map(({ payload }) => payload);
const isLive = (page: Page): Promise<true> =>
  until(async () => {
    const { status, connection } = await outputOf<Feed>(page, 'feed');
    return status === 'ready' && connection === 'online';
  }, 'a live feed');
/** The open sockets of a page. */
function socketsOf(page: Page): { open: number } {
  const sockets = { open: 0 };
  page.on('websocket', (socket) => {
    if (!socket.url().includes('/socket.io')) return;
    sockets.open += 1;
    socket.on('close', () => {
      sockets.open -= 1;
    });
  });
  return sockets;
}

describe('a provider with its own hub, in strict mode', () => {
  it('connects once, loads once, and closes when it unmounts', async () => {
    const gateway = await pages.gateway();
    gateway.add(item('i1'));
    const page = await pages.page(gateway, { provider: null, show: ['feed', 'counts'] });
    const sockets = socketsOf(page);
    await update(page, { provider: 'own' });
    await isLive(page);
    expect((await outputOf<Feed>(page, 'feed')).items).toEqual(['i1']);
    // Strict mode mounts twice, but there is only one of each:
    expect(await renderCount(page, 'feed')).toBeGreaterThan(1);
    expect(gateway.handshakes).toEqual([{ token: 'ada' }]);
    expect(callsOf(gateway, 'feed:list')).toHaveLength(1);
    expect(sockets.open).toBe(1);

    await update(page, { provider: null });
    await until(() => sockets.open === 0, 'the connection’s end');
    await update(page, { provider: 'own' });
    await isLive(page);
    expect(gateway.handshakes).toHaveLength(2);
    expect(sockets.open).toBe(1);
  });

  it('calls the latest token function, and does not reconnect for another one', async () => {
    const gateway = await pages.gateway();
    const page = await pages.page(gateway, { show: ['feed'] });
    await isLive(page);
    const [before, functions] = [await renderCount(page, 'feed'), await page.evaluate('probe.calls.size')];
    await update(page, { token: 'ada-2' });
    await until(async () => (await renderCount(page, 'feed')) > before, 'the second rendering');
    expect(gateway.handshakes).toEqual([{ token: 'ada' }]);
    gateway.breakConnections();
    await until(() => gateway.handshakes.length === 2, 'a connection');
    expect(gateway.handshakes[1]).toEqual({ token: 'ada-2' });
    await isLive(page);
    expect(await page.evaluate('probe.calls.size')).toBe(functions);
  });

  it('reconnects for another token text, language or URL', async () => {
    const [gateway, other] = [await pages.gateway(), await pages.gateway()];
    other.add(item('elsewhere'));
    const page = await pages.page(gateway, { show: ['feed'], tokenIsText: true });
    const sockets = socketsOf(page);
    await isLive(page);
    await update(page, { token: 'grace' });
    await until(() => gateway.handshakes.length === 2, 'a connection');
    await update(page, { locale: 'de' });
    await until(() => gateway.handshakes.length === 3, 'a connection');
    expect(gateway.handshakes).toEqual([
      { token: 'ada' },
      { token: 'grace' },
      { token: 'grace', locale: 'de' },
    ]);
    await isLive(page);
    await update(page, { url: other.url });
    await until(async () => (await outputOf<Feed>(page, 'feed')).items[0] === 'elsewhere', 'the other feed');
    await until(() => sockets.open === 1, 'one connection');
  });
});

describe('a shared hub', () => {
  it('is not closed by its provider', async () => {
    const gateway = await pages.gateway();
    const page = await pages.page(gateway, { provider: 'shared', show: ['feed'] });
    await isLive(page);
    await update(page, { provider: 'without' });
    await until(async () => (await outputOf<Feed>(page, 'feed')).status === 'idle', 'no hub');
    await update(page, { provider: 'shared' });
    await isLive(page);
    expect(gateway.handshakes).toHaveLength(1);
  });

  it('that is missing makes calls fail like without a connection', async () => {
    const gateway = await pages.gateway();
    const page = await pages.page(gateway, { provider: 'without', show: ['inbox', 'feed'] });
    await page.getByRole('button', { name: 'Notifications' }).click();
    await page.locator('.hubbub-inbox__empty').waitFor();
    expect(await page.locator('.hubbub-inbox__loading').count()).toBe(0);
    expect(await outputOf<Feed>(page, 'feed')).toEqual({
      items: [],
      status: 'idle',
      connection: 'connecting',
    });
    const markRead = `[...probe.calls].at(-1)(['i1'])`;
    expect(await page.evaluate(`${markRead}.catch(({ code }) => code)`)).toBe('disconnected');
  });
});

describe('useFeed', () => {
  it('shows new items, and keeps its functions', async () => {
    const gateway = await pages.gateway();
    const page = await pages.page(gateway, { show: ['feed'] });
    await isLive(page);
    const functions = await page.evaluate('probe.calls.size');
    gateway.add(item('i1', 1));
    gateway.add(item('i2', 2));
    await until(async () => (await outputOf<Feed>(page, 'feed')).items.join() === 'i2,i1', 'both');
    expect(await page.evaluate('probe.calls.size')).toBe(functions);
  });
});

describe('useCounts', () => {
  it('renders again for another count, not for another item', async () => {
    const gateway = await pages.gateway();
    gateway.add(item('i1', 1));
    const page = await pages.page(gateway, { show: ['feed', 'counts'] });
    await isLive(page);
    expect(await outputOf(page, 'counts')).toEqual({ unread: 1, unseen: 1, capped: false });
    const before = await renderCount(page, 'counts');
    for (let n = 2; n < 6; n += 1) {
      // A read and seen item does not change counts, but they are pushed.
      gateway.add(item(`i${n}`, n, { unread: false, seen: true }));
      await until(async () => (await outputOf<Feed>(page, 'feed')).items[0] === `i${n}`, 'the item');
    }
    expect(await renderCount(page, 'counts')).toBe(before);
    gateway.add(item('i9', 9));
    await until(async () => (await outputOf<{ unread: number }>(page, 'counts')).unread === 2, 'the count');
    expect(await renderCount(page, 'counts')).toBeGreaterThan(before);
  });
});

describe('useWatch', () => {
  const p1 = { object: 'project:p1', verbs: ['closed', 'opened'] };

  it('watches once for equal options, again for other ones, and ends', async () => {
    const gateway = await pages.gateway();
    gateway.addAction(item('w1', 1).action);
    const page = await pages.page(gateway, { show: ['feed', 'watch'], watch: p1 });
    await until(async () => (await outputOf<Watch>(page, 'watch')).status === 'ready', 'the watch');
    expect((await outputOf<Watch>(page, 'watch')).items).toEqual(['action-w1']);
    expect(callsOf(gateway, 'watch')).toEqual([
      { object: { type: 'project', id: 'p1' }, verbs: ['closed', 'opened'] },
    ]);

    // Equal options: in another order, with a name.
    const before = await renderCount(page, 'watch');
    await update(page, {
      watch: { verbs: ['opened', 'closed'], object: { type: 'project', id: 'p1', name: 'One' } },
    });
    await until(async () => (await renderCount(page, 'watch')) > before, 'another rendering');
    gateway.addAction(item('w2', 2).action);
    await until(async () => (await outputOf<Watch>(page, 'watch')).items[0] === 'action-w2', 'the action');
    expect(callsOf(gateway, 'watch')).toHaveLength(1);
    expect(gateway.watches.live.size).toBe(1);

    await update(page, { watch: { object: 'project:p2' } });
    await until(() => callsOf(gateway, 'watch').length === 2, 'another watch');
    await until(() => gateway.watches.live.size === 1, 'the first one’s end');

    await update(page, { watch: null });
    await until(() => gateway.watches.live.size === 0, 'the end of all');
    expect(await outputOf<Watch>(page, 'watch')).toEqual({ items: [], status: 'idle' });
    expect(callsOf(gateway, 'watch')).toHaveLength(2);
  });

  it('ends with its component, each its own', async () => {
    const gateway = await pages.gateway();
    const page = await pages.page(gateway, { show: ['watch', 'watches'], watch: p1 });
    await until(() => gateway.watches.live.size === 2, 'two watches');
    await update(page, { show: ['watches'] });
    await until(() => gateway.watches.live.size === 1, 'one watch');
    gateway.addAction(item('w1').action);
    await until(async () => (await outputOf<Watch>(page, 'watches')).items.length === 1, 'the action');
    await update(page, { provider: null });
    await until(async () => (await page.locator('output').count()) === 0, 'nothing');
    expect(callsOf(gateway, 'watch')).toHaveLength(2);
  });
});

describe('a server-rendered page', () => {
  it('is hydrated without a warning, and becomes live', async () => {
    const gateway = await pages.gateway();
    gateway.add(item('i1'));
    const setup = { show: ['feed', 'counts', 'watch', 'inbox'] as const, inbox: { layout: 'page' } as const };
    const begin = { ...setup, show: [...setup.show], watch: { object: 'project:p1' } };
    const html = renderToString(createElement(App, { ...usual, ...begin, url: gateway.url }));
    expect(html).toContain('hubbub-inbox__loading');
    const page = await pages.page(gateway, { ...begin, html });
    await isLive(page);
    await page.locator('.hubbub-inbox__item', { hasText: 'Ada closed i1' }).waitFor();
    // React has kept the server's elements: otherwise it would have logged an error.
    expect(gateway.handshakes).toHaveLength(1);
  });
});
