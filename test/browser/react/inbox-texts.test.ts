/** The texts of <Inbox>, and replaced parts. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import {
  callsOf,
  countIs,
  type InboxFixture,
  type InboxFixtureOptions,
  item,
  itemOf,
  openInbox,
  refusal,
} from './inbox-fixture.ts';
import { Pages, update } from './pages.ts';

const pages = Pages.ofTests();
const opened = (opening?: InboxFixtureOptions): Promise<InboxFixture> => openInbox(pages, opening);

describe('texts', () => {
  it('announces new items politely, with any focus', async () => {
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

  it('announces once if two of them share a hub, in a visible one', async () => {
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
    // It does not wait for a removed item.
    await update(page, { show: ['second'] });
    await countIs(page, 5);
    gateway.add(item(6));
    await itIs(['Ada Lovelace closed Issue 6']);
  });

  it('shows that it is loading, empty and offline', async () => {
    const gateway = await pages.gateway();
    let sendResponse: () => void = () => undefined;
    gateway.beforeAnswer = () => new Promise((resolve) => (sendResponse = resolve));
    const page = await pages.page(gateway, { show: ['inbox'], inbox: { layout: 'page' } });
    await page.locator('.hubbub-inbox__loading').waitFor();
    await until(() => callsOf(gateway, 'feed:list').length === 1, 'the call');
    gateway.beforeAnswer = undefined;
    sendResponse();
    await page.getByText('Nothing here yet').waitFor();
    await gateway.close();
    await page.getByText('Offline.').waitFor();
    gateway.feed.put(item(1));
    await gateway.listen();
    await itemOf(page, 'Issue 1').waitFor();
    await page.getByText('Offline.').waitFor({ state: 'detached' });
  });

  it('shows errors, and retries', async () => {
    const gateway = await pages.gateway();
    gateway.errors.set('feed:list', refusal('forbidden', false));
    gateway.feed.put(item(1));
    const page = await pages.page(gateway, { show: ['inbox'], inbox: { layout: 'page' } });
    await page.getByRole('alert').filter({ hasText: 'That did not work.' }).waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await itemOf(page, 'Issue 1').waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('can use other texts and another language', async () => {
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
    // Not by the mouse: scrolling to the button would load items.
    await page.locator('.own-more').dispatchEvent('click');
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
