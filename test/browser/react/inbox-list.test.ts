/** The list of <Inbox>: its tabs, its focus, and its rendered range. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import {
  bell,
  countIs,
  focused,
  type InboxFixture,
  type InboxFixtureOptions,
  item,
  itemOf,
  items,
  openInbox,
  unread,
} from './inbox-fixture.ts';
import { Pages } from './pages.ts';

const pages = Pages.ofTests();
const hasFocus = (element: Element): boolean => element === document.activeElement;
const opened = (opening?: InboxFixtureOptions): Promise<InboxFixture> => openInbox(pages, opening);

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

  it('shows only unread items, and moves the focus when one is read', async () => {
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

  it('keeps the scroll position in the panel', async () => {
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
    // Not at the top, where new items would be visible.
    await scroller.evaluate((element) => element.scrollTo(0, 0));
    gateway.add(item(23));
    await countIs(page, 23);
    expect(await scroller.evaluate((element) => element.scrollTop)).toBe(0);
  });

  it('renders only the visible ones of 10,000 items, and keeps the scroll position', async () => {
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

    // The keyboard focus stays after scrolling far.
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
