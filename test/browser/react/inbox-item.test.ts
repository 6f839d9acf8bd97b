/** An item of <Inbox>: clicks and marks. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import {
  ada,
  bell,
  callsOf,
  countIs,
  focused,
  type InboxFixture,
  type InboxFixtureOptions,
  item,
  itemOf,
  items,
  openInbox,
  panel,
  refusal,
  unread,
} from './inbox-fixture.ts';
import { Pages, update } from './pages.ts';

const pages = Pages.ofTests();
const opened = (opening?: InboxFixtureOptions): Promise<InboxFixture> => openInbox(pages, opening);

describe('an item', () => {
  it('is marked read by a click that follows its link', async () => {
    const { gateway, page } = await opened();
    await itemOf(page, 'Issue 2').getByRole('link').click();
    await countIs(page, 2, unread(page));
    await expect.poll(() => new URL(page.url()).hash).toBe('#2');
    // The mark is shown at once, before the hub has it.
    await expect.poll(() => callsOf(gateway, 'feed:read')).toMatchObject([{ ids: ['i2'] }]);
    expect(await page.evaluate('probe.selected')).toEqual(['i2']);
  });

  it.each(['refuse', 'prevent'] as const)('stays where the page says so: %s', async (selecting) => {
    const { gateway, page } = await opened({ selecting });
    await itemOf(page, 'Issue 2').getByRole('link').click();
    await until(async () => (await page.evaluate<string[]>('probe.selected')).length === 1, 'the click');
    // An earlier call would have come before this one.
    await page.getByRole('button', { name: 'Mark read: Ada Lovelace closed Issue 1' }).click();
    await until(() => callsOf(gateway, 'feed:read').length === 1, 'the mark');
    expect(callsOf(gateway, 'feed:read')).toMatchObject([{ ids: ['i1'] }]);
    expect(new URL(page.url()).hash).toBe('');
  });

  it('closes the panel when its link is followed in this tab', async () => {
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

  it('leaves the panel open without a link', async () => {
    const { page } = await opened({ inbox: {}, action: () => ({ targets: [], text: 'It happened' }) });
    await bell(page).click();
    await items(page).first().getByRole('button', { name: 'Unread: It happened', exact: true }).click();
    await countIs(page, 2, unread(page));
    expect(await panel(page).isVisible()).toBe(true);
  });

  it('has no unsafe links, and is never markup', async () => {
    const { gateway, page } = await opened({ items: 0 });
    const evil = { type: 'issue', id: '9', name: '<img src=x onerror=alert(1)>', url: 'javascript:alert(1)' };
    gateway.add(item(1, {}, { targets: [evil], actor: { ...ada, image: 'javascript:alert(2)' } }));
    await itemOf(page, '<img src=x').waitFor();
    expect(await items(page).getByRole('link').count()).toBe(0);
    expect(await items(page).locator('img').count()).toBe(0);
    expect(await items(page).locator('.hubbub-inbox__avatar').textContent()).toBe('AL');
    // It can still be selected.
    await items(page)
      .getByRole('button', { name: /closed/ })
      .first()
      .click();
    await countIs(page, 0, unread(page));
  });

  it('shows a mark at once, and reverts it if the hub refuses', async () => {
    const { gateway, page } = await opened();
    await countIs(page, 3, unread(page));
    gateway.errors.set('feed:read', refusal('unavailable', true));
    let sendResponse: () => void = () => undefined;
    gateway.beforeAnswer = (event) =>
      event === 'feed:read' ? new Promise((resolve) => (sendResponse = resolve)) : undefined;
    await page.getByRole('button', { name: 'Mark read: Ada Lovelace closed Issue 2' }).click();
    await countIs(page, 2, unread(page));
    expect(await page.getByRole('alert').count()).toBe(0);
    await until(() => callsOf(gateway, 'feed:read').length === 1, 'the mark');
    gateway.beforeAnswer = undefined;
    sendResponse();
    await countIs(page, 3, unread(page));
    await page.getByRole('alert').filter({ hasText: 'That did not work.' }).waitFor();
    expect(await page.evaluate('probe.failed')).toEqual(['unavailable']);
    await page.getByRole('button', { name: 'Try again' }).click();
    await countIs(page, 2, unread(page));
    await page.getByRole('alert').waitFor({ state: 'detached' });
    // The focused element is removed, but the focus stays in the list.
    await expect.poll(() => focused(page)).toBe('hubbub-inbox__items');
  });

  it('updates its relative time', async () => {
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
