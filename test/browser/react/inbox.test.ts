/** <Inbox>, in strict mode, over a hub in the test's hand. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Action } from '../../../protocol/entities.ts';
import { until } from '../../support/until.ts';
import { Pages, update } from './pages.ts';
import {
  ada,
  bell,
  callsOf,
  countIs,
  focused,
  item,
  itemOf,
  items,
  openInbox,
  panel,
  refusal,
  type Scene,
  type SceneOpening,
  unread,
} from './scene.ts';

/** To be looked at; not kept in the repository. */
const pictures = join(import.meta.dirname, '../../../.hubbub/screenshots');

let pages: Pages;
let axe: string;
beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  const source = new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url);
  [pages, axe] = await Promise.all([Pages.open(), readFile(source, 'utf8')]);
});
afterEach(async () => {
  expect(await pages.clear()).toEqual([]);
});
afterAll(() => pages.close());

const hasFocus = (element: Element): boolean => element === document.activeElement;
const opened = (opening?: SceneOpening): Promise<Scene> => openInbox(pages, opening);

describe('the bell', () => {
  const inbox = {};

  it('shows what is unread, and opens a panel that takes the focus and gives it back', async () => {
    const { page } = await opened({ inbox });
    await page.locator('.hubbub-inbox__badge', { hasText: /^3$/ }).waitFor();
    await expect.poll(() => focused(page)).toBe('BODY');
    await page.keyboard.press('Tab');
    await expect.poll(() => focused(page)).toBe('Notifications, 3 unread');
    await page.keyboard.press('Enter');
    await panel(page).waitFor();
    await expect.poll(() => focused(page)).toBe('hubbub-inbox__panel');
    expect(await bell(page).getAttribute('aria-expanded')).toBe('true');
    await countIs(page, 3);
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('Notifications, 3 unread');
  });

  it('closes by its button, by a press elsewhere, and when the focus goes on', async () => {
    const { page } = await opened({ inbox });
    const isClosed = () => panel(page).waitFor({ state: 'detached' });
    await bell(page).click();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await isClosed();
    await expect.poll(() => focused(page)).toMatch(/^Notifications/);
    await bell(page).click();
    await page.mouse.click(5, 790);
    await isClosed();
    await bell(page).click();
    await page.getByRole('button', { name: 'After it' }).focus();
    await isClosed();
    await bell(page).click();
    await panel(page).waitFor();
    await bell(page).click();
    await isClosed();
  });

  it('says that all is seen when it is opened, once', async () => {
    const { gateway, page } = await opened({ inbox });
    await page.locator('.hubbub-inbox__badge').waitFor();
    expect(callsOf(gateway, 'feed:seen')).toEqual([]);
    gateway.errors.set('feed:seen', refusal('forbidden', false));
    await bell(page).click();
    await until(() => callsOf(gateway, 'feed:seen').length === 1, 'the mark');
    // Refused: not asked again and again, but for what is new.
    gateway.add(item(4));
    await itemOf(page, 'Issue 4').waitFor();
    // By one call, or where what was missed is being asked for by two: up to what was shown, and of the new one by its id.
    await until(() => callsOf(gateway, 'feed:seen').length >= 2, 'the next mark');
    await until(() => gateway.feed.counts().unseen === 0, 'all seen');
    expect(callsOf(gateway, 'feed:seen').length).toBeLessThanOrEqual(3);
    expect(gateway.feed.counts().unread).toBe(4);
  });

  it('can be opened and closed by the page', async () => {
    const { page } = await opened({ inbox: { open: true } });
    await panel(page).waitFor();
    await expect.poll(() => focused(page)).toBe('BODY');
    await page.keyboard.press('Escape');
    await bell(page).click();
    await panel(page).waitFor();
    await update(page, { inbox: { open: false } });
    await panel(page).waitFor({ state: 'detached' });
  });
});

describe('an item', () => {
  it('is marked read by a click that follows its link', async () => {
    const { gateway, page } = await opened();
    await itemOf(page, 'Issue 2').getByRole('link').click();
    await countIs(page, 2, unread(page));
    expect(new URL(page.url()).hash).toBe('#2');
    expect(callsOf(gateway, 'feed:read')).toMatchObject([{ ids: ['i2'] }]);
    expect(await page.evaluate('probe.selected')).toEqual(['i2']);
  });

  it.each(['refuse', 'prevent'] as const)('stays where the page says so: %s', async (selecting) => {
    const { gateway, page } = await opened({ selecting });
    await itemOf(page, 'Issue 2').getByRole('link').click();
    await until(async () => (await page.evaluate<string[]>('probe.selected')).length === 1, 'the click');
    // A call that was made would come before this one.
    await page.getByRole('button', { name: 'Mark read: Ada Lovelace closed Issue 1' }).click();
    await until(() => callsOf(gateway, 'feed:read').length === 1, 'the mark');
    expect(callsOf(gateway, 'feed:read')).toMatchObject([{ ids: ['i1'] }]);
    expect(new URL(page.url()).hash).toBe('');
  });

  it('closes the panel as its link is followed, unless it is elsewhere', async () => {
    const { gateway, page } = await opened({ inbox: {} });
    await bell(page).click();
    const elsewhere = page.context().waitForEvent('page');
    await itemOf(page, 'Issue 1')
      .getByRole('link')
      .click({ modifiers: ['ControlOrMeta'] });
    await (await elsewhere).close();
    await countIs(page, 2, unread(page));
    expect(await panel(page).isVisible()).toBe(true);
    await itemOf(page, 'Issue 2').getByRole('link').click();
    await panel(page).waitFor({ state: 'detached' });
    await expect.poll(() => new URL(page.url()).hash).toBe('#2');
    await expect.poll(() => focused(page)).toBe('Notifications, 1 unread');
    await until(() => callsOf(gateway, 'feed:read').length >= 2, 'the mark');
  });

  it.each(['refuse', 'prevent'] as const)('leaves the panel to the page: %s', async (selecting) => {
    const { page } = await opened({ inbox: {}, selecting });
    await bell(page).click();
    await itemOf(page, 'Issue 2').getByRole('link').click();
    await until(async () => (await page.evaluate<string[]>('probe.selected')).length === 1, 'the click');
    expect(await panel(page).isVisible()).toBe(true);
  });

  it('leaves the panel open where it leads nowhere', async () => {
    const { page } = await opened({ inbox: {}, action: () => ({ targets: [], text: 'It happened' }) });
    await bell(page).click();
    await items(page).first().getByRole('button', { name: 'Unread: It happened', exact: true }).click();
    await countIs(page, 2, unread(page));
    expect(await panel(page).isVisible()).toBe(true);
  });

  it('leads nowhere unsafe, and is never markup', async () => {
    const { gateway, page } = await opened({ items: 0 });
    const evil = { type: 'issue', id: '9', name: '<img src=x onerror=alert(1)>', url: 'javascript:alert(1)' };
    gateway.add(item(1, {}, { targets: [evil], actor: { ...ada, image: 'javascript:alert(2)' } }));
    await itemOf(page, '<img src=x').waitFor();
    expect(await items(page).getByRole('link').count()).toBe(0);
    expect(await items(page).locator('img').count()).toBe(0);
    expect(await items(page).locator('.hubbub-inbox__avatar').textContent()).toBe('AL');
    // Still it can be chosen.
    await items(page)
      .getByRole('button', { name: /closed/ })
      .first()
      .click();
    await countIs(page, 0, unread(page));
  });

  it('shows a mark at once, and takes it back where the hub refuses', async () => {
    const { gateway, page } = await opened();
    await countIs(page, 3, unread(page));
    gateway.errors.set('feed:read', refusal('unavailable', true));
    let answer: () => void = () => undefined;
    gateway.beforeAnswer = (event) =>
      event === 'feed:read' ? new Promise((resolve) => (answer = resolve)) : undefined;
    await page.getByRole('button', { name: 'Mark read: Ada Lovelace closed Issue 2' }).click();
    await countIs(page, 2, unread(page));
    expect(await page.getByRole('alert').count()).toBe(0);
    await until(() => callsOf(gateway, 'feed:read').length === 1, 'the mark');
    gateway.beforeAnswer = undefined;
    answer();
    await countIs(page, 3, unread(page));
    await page.getByRole('alert').filter({ hasText: 'That did not work.' }).waitFor();
    expect(await page.evaluate('probe.failed')).toEqual(['unavailable']);
    await page.getByRole('button', { name: 'Try again' }).click();
    await countIs(page, 2, unread(page));
    await page.getByRole('alert').waitFor({ state: 'detached' });
    // What had the focus is gone; the focus is not.
    await expect.poll(() => focused(page)).toBe('hubbub-inbox__items');
  });

  it('grows older by itself', async () => {
    const gateway = await pages.gateway();
    gateway.feed.put(item(1, { at: new Date(Date.now() - 10_000).toISOString() }));
    const page = await pages.page(gateway, { provider: null });
    await page.clock.install();
    await update(page, { provider: 'own', show: ['inbox'], inbox: { layout: 'page' } });
    const time = page.locator('.hubbub-inbox__time');
    await until(async () => {
      await page.clock.runFor(100);
      return (await time.textContent({ timeout: 500 })) === 'now';
    }, 'the item');
    await page.clock.runFor(125_000);
    expect(await time.textContent()).toBe('2 minutes ago');
  });
});

describe('the list', () => {
  it('marks all read, and keeps the focus', async () => {
    const { page } = await opened();
    await countIs(page, 3, unread(page));
    await page.getByRole('button', { name: 'Mark all read' }).click();
    await countIs(page, 0, unread(page));
    await expect.poll(() => focused(page)).toBe('hubbub-inbox__mark-all');
    expect(await page.getByRole('button', { name: 'Mark all read' }).getAttribute('aria-disabled')).toBe(
      'true',
    );
  });

  it('shows what is unread alone, and moves the focus on when that is read', async () => {
    const { gateway, page } = await opened();
    gateway.add(item(4, { unread: false, seen: true }));
    await countIs(page, 4);
    await page.getByRole('tab', { name: 'All' }).focus();
    await page.keyboard.press('ArrowRight');
    await countIs(page, 3);
    expect(await page.getByRole('tab', { name: 'Unread' }).getAttribute('aria-selected')).toBe('true');
    await expect.poll(() => focused(page)).toBe('hubbub-inbox__tab');
    for (const n of [2, 1]) {
      const button = page.getByRole('button', { name: `Mark read: Ada Lovelace closed Issue ${n}` });
      await button.focus();
      await page.keyboard.press('Enter');
      await button.waitFor({ state: 'detached' });
      await expect
        .poll(() => focused(page))
        .toMatch(n === 2 ? /^Mark read: .*Issue 1$/ : /^Mark read: .*Issue 3$/);
    }
    await page.keyboard.press('Enter');
    await page.getByText('All caught up').waitFor();
    await expect.poll(() => focused(page)).toBe('hubbub-inbox__items');
    await page.getByRole('tab', { name: 'Unread' }).focus();
    await page.keyboard.press('Home');
    await countIs(page, 4);
  });

  it('keeps the focus of an item that moves or changes', async () => {
    const { gateway, page } = await opened({ items: 5 });
    const link = itemOf(page, 'Issue 2').getByRole('link');
    await link.focus();
    const moved = item(2, { at: new Date(Date.UTC(2026, 1, 1)).toISOString() }, { count: 2 });
    gateway.add(moved);
    await until(async () => (await items(page).first().textContent())?.includes('2 actions'), 'the move');
    expect(await link.evaluate(hasFocus)).toBe(true);
    gateway.remove(['i2']);
    await countIs(page, 4);
    expect(await itemOf(page, 'Issue 5').getByRole('link').evaluate(hasFocus)).toBe(true);
  });

  it('loads older items as it is scrolled', async () => {
    const { page } = await opened({ items: 70 });
    await countIs(page, 20);
    expect(await page.getByRole('button', { name: 'Load older' }).count()).toBe(1);
    for (let n = 0; n < 60 && (await items(page).count()) < 70; n += 1) {
      await page.mouse.wheel(0, 1_500);
      await page.evaluate('new Promise((next) => requestAnimationFrame(next))');
    }
    await countIs(page, 70);
    await page.getByRole('button', { name: 'Load older' }).waitFor({ state: 'detached' });
  });

  it('keeps the place of whoever has scrolled down in the panel', async () => {
    const { gateway, page } = await opened({ inbox: {}, items: 20 });
    await bell(page).click();
    await countIs(page, 20);
    const topOf = (n: number) => itemOf(page, `Issue ${n}`).evaluate((e) => e.getBoundingClientRect().top);
    const scroller = page.locator('.hubbub-inbox__items');
    await scroller.evaluate((element) => element.scrollTo(0, 400));
    const before = await topOf(12);
    gateway.add(item(21));
    gateway.add(item(22));
    await countIs(page, 22);
    expect(Math.abs((await topOf(12)) - before)).toBeLessThan(2);
    // Not at the beginning: there what arrives is seen.
    await scroller.evaluate((element) => element.scrollTo(0, 0));
    gateway.add(item(23));
    await countIs(page, 23);
    expect(await scroller.evaluate((element) => element.scrollTop)).toBe(0);
  });

  it('draws of 10,000 items those in sight, and keeps the place of whoever reads', async () => {
    const { gateway, page } = await opened({ items: 10_000 });
    await countIs(page, 20);
    await page.evaluate(
      'hub.current.feed.loadMore(100).then(async () => { while (hub.current.feed.getSnapshot().hasMore) await hub.current.feed.loadMore(100); })',
    );
    await until(
      async () => (await items(page).first().getAttribute('aria-setsize')) === '10000',
      'all items',
    );
    expect(await items(page).count()).toBeLessThan(60);
    const height = await page
      .locator('.hubbub-inbox__list')
      .evaluate((element) => element.getBoundingClientRect().height);
    expect(height).toBeGreaterThan(10_000 * 40);

    // The keyboard stays where it is, however far is scrolled.
    const link = itemOf(page, 'Issue 9999').getByRole('link');
    await link.focus();
    await page.evaluate(`window.scrollTo(0, ${height / 2})`);
    await until(
      async () => Number(await items(page).nth(5).getAttribute('aria-posinset')) > 3_000,
      'the middle',
    );
    expect(await items(page).count()).toBeLessThan(60);
    expect(await link.evaluate(hasFocus)).toBe(true);

    const inSight = `[...document.querySelectorAll('.hubbub-inbox__item')].find((e) => e.getBoundingClientRect().top > 100)`;
    const read = await page.evaluate<[string, number]>(
      `[${inSight}.dataset.id, ${inSight}.getBoundingClientRect().top]`,
    );
    gateway.add(item(10_001));
    await until(
      async () => (await items(page).last().getAttribute('aria-setsize')) === '10001',
      'the arrival',
    );
    const after = await page.evaluate<number>(
      `document.querySelector('[data-id="${read[0]}"]').getBoundingClientRect().top`,
    );
    expect(Math.abs(after - read[1])).toBeLessThan(3);
    await page.evaluate('window.scrollTo(0, 0)');
    await itemOf(page, 'Issue 10001').waitFor();
  });
});

describe('what it says', () => {
  it('tells politely what arrives, wherever the focus is', async () => {
    const { gateway, page } = await opened({ inbox: {}, items: 0 });
    const region = page.locator('.hubbub-inbox__announcer');
    expect(await region.getAttribute('aria-live')).toBe('polite');
    await until(() => callsOf(gateway, 'feed:list').length === 1, 'the feed');
    gateway.add(item(1));
    await region.filter({ hasText: 'Ada Lovelace closed Issue 1' }).waitFor({ state: 'attached' });
    gateway.add(item(2));
    gateway.add(item(3, { unread: false, seen: true }));
    gateway.add(item(4));
    await region.filter({ hasText: /^2 new\. .*Issue 4$/ }).waitFor({ state: 'attached' });
  });

  it('tells it once where two of them show one hub, by one that can be heard', async () => {
    const show = ['inbox', 'second'] as const;
    const { gateway, page } = await opened({ inbox: { className: 'first' }, show: [...show] });
    const regions = page.locator('.hubbub-inbox__announcer');
    const itIs = (text: string[]) => expect.poll(() => regions.allTextContents()).toEqual(text);
    await countIs(page, 3);
    gateway.add(item(4));
    await itIs(['Ada Lovelace closed Issue 4', '']);
    await page.addStyleTag({ content: '.first { display: none }' });
    gateway.add(item(5));
    await expect.poll(async () => (await regions.allTextContents())[1]).toBe('Ada Lovelace closed Issue 5');
    // Nor is one that has gone waited for.
    await update(page, { show: ['second'] });
    await countIs(page, 5);
    gateway.add(item(6));
    await itIs(['Ada Lovelace closed Issue 6']);
  });

  it('says that it loads, that there is nothing, and that it is offline', async () => {
    const gateway = await pages.gateway();
    let answer: () => void = () => undefined;
    gateway.beforeAnswer = () => new Promise((resolve) => (answer = resolve));
    const page = await pages.page(gateway, { show: ['inbox'], inbox: { layout: 'page' } });
    await page.locator('.hubbub-inbox__loading').waitFor();
    await until(() => callsOf(gateway, 'feed:list').length === 1, 'the call');
    gateway.beforeAnswer = undefined;
    answer();
    await page.getByText('Nothing here yet').waitFor();
    await gateway.close();
    await page.getByText('Offline.').waitFor();
    gateway.feed.put(item(1));
    await gateway.listen();
    await itemOf(page, 'Issue 1').waitFor();
    await page.getByText('Offline.').waitFor({ state: 'detached' });
  });

  it('says what did not work, and tries again', async () => {
    const gateway = await pages.gateway();
    gateway.errors.set('feed:list', refusal('forbidden', false));
    gateway.feed.put(item(1));
    const page = await pages.page(gateway, { show: ['inbox'], inbox: { layout: 'page' } });
    await page.getByRole('alert').filter({ hasText: 'That did not work.' }).waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await itemOf(page, 'Issue 1').waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('says it in other words and another language', async () => {
    const { page } = await opened({
      inbox: { layout: 'page', locale: 'de', labels: { title: 'Neues', all: 'Alles' } },
    });
    await page.getByRole('region', { name: 'Neues' }).getByRole('tab', { name: 'Alles' }).waitFor();
    await page.locator('.hubbub-inbox__time', { hasText: /^vor / }).first().waitFor();
  });
});

describe('its parts', () => {
  it('can all be replaced, and work as before', async () => {
    const { gateway, page } = await opened({
      inbox: {},
      items: 45,
      replaced: [
        'Bell',
        'Header',
        'Tabs',
        'Item',
        'Sentence',
        'Avatar',
        'Empty',
        'Error',
        'Offline',
        'LoadMore',
      ],
    });
    await page.locator('.own-bell', { hasText: '45' }).click();
    await page.getByRole('dialog', { name: 'Notifications 45' }).waitFor();
    const own = page.locator('li > .own-item');
    await own.first().waitFor();
    expect(await own.first().getAttribute('data-href')).toBe('#45');
    expect(await own.first().locator('.own-avatar').textContent()).toBe('ada');
    expect(await own.first().locator('.own-sentence').textContent()).toBe('closed');
    await own.first().getByRole('button', { name: 'Choose' }).click();
    await until(() => callsOf(gateway, 'feed:read').length === 1, 'the mark');
    await page.locator('.own-bell', { hasText: '44' }).click();
    await page.locator('.own-more').click();
    await until(async () => (await own.count()) > 20, 'older ones');
    gateway.errors.set('feed:read', refusal('unavailable', true));
    await own.nth(1).getByRole('button', { name: 'Done' }).click();
    await page
      .locator('.own-error', { hasText: 'unavailable' })
      .getByRole('button', { name: 'Again' })
      .click();
    await page.locator('.own-error').waitFor({ state: 'detached' });
    gateway.feed.mark({ all: true }, { unread: false });
    gateway.breakConnections();
    await page.locator('.own-tabs').getByRole('tab', { name: 'New' }).click();
    await page.locator('.own-empty', { hasText: 'unread' }).waitFor();
  });
});

describe('its look', () => {
  interface Violation {
    id: string;
    nodes: Array<{ html: string }>;
  }

  it.each(['light', 'dark'] as const)('is accessible to all, %s', async (colorScheme) => {
    for (const inbox of [{}, { layout: 'page' as const }]) {
      const action = (n: number): Partial<Action> => ({
        count: n % 7 === 0 ? n : 1,
        targets: [{ type: 'issue', id: String(n), name: `Issue ${n}`, url: `/issues/${n}` }],
      });
      const { gateway, page } = await opened({ inbox, colorScheme, items: 30, action });
      gateway.feed.mark({ ids: ['i28', 'i27', 'i25'] }, { unread: false });
      if (!('layout' in inbox)) await bell(page).click();
      await itemOf(page, 'Issue 30').waitFor();
      gateway.errors.set('feed:read', refusal('unavailable', true));
      await page.getByRole('button', { name: 'Mark read: Ada Lovelace closed Issue 29' }).click();
      await page.getByRole('alert').waitFor();
      await page.evaluate(axe);
      const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run()');
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      const name = 'layout' in inbox ? 'page' : 'bell';
      await page.screenshot({ path: join(pictures, `react-${name}-${colorScheme}.png`) });
    }
  });

  it.each(['left', 'right'] as const)('opens within the window from its %s', async (side) => {
    const { page } = await opened({ inbox: { className: side }, width: 600 });
    await bell(page).click();
    await countIs(page, 3);
    const box = await panel(page).boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(8);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(592);
    await page.setViewportSize({ width: 500, height: 300 });
    await until(async () => {
      const { x = 0, y = 0, width = 0, height = 0 } = (await panel(page).boundingBox()) ?? {};
      return x >= 8 && x + width <= 492 && y >= 0 && y + height <= 300;
    }, 'its place in a smaller window');
  });

  it('has room on a narrow page', async () => {
    const { page } = await opened({ inbox: {}, width: 360, items: 30 });
    await bell(page).click();
    await itemOf(page, 'Issue 30').waitFor();
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    await page.screenshot({ path: join(pictures, 'react-bell-narrow.png') });
  });
});
