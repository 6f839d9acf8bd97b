/** The replaceable parts of <Inbox>. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { callsOf, openInbox, refusal } from './inbox-fixture.ts';
import { Pages } from './pages.ts';

const pages = Pages.ofTests();

describe('the parts of an inbox', () => {
  it('can all be replaced, and work as before', async () => {
    const { gateway, page } = await openInbox(pages, {
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
    const ownBell = page.locator('.own-bell', { hasText: '45' });
    await ownBell.waitFor();
    // Otherwise older items would be loaded as soon as the end of the list is near. The fault hits one call.
    gateway.errors.set('feed:list', refusal('unavailable', true));
    await ownBell.click();
    await page.getByRole('dialog', { name: 'Notifications 45' }).waitFor();
    const own = page.locator('.hubbub-inbox__item > .own-item');
    await own.first().waitFor();
    expect(await own.first().getAttribute('data-href')).toBe('#45');
    expect(await own.first().locator('.own-avatar').textContent()).toBe('ada');
    expect(await own.first().locator('.own-sentence').textContent()).toBe('closed');
    const choose = own.first().getByRole('button', { name: 'Choose' });
    // The part handles the keys of this button itself.
    await choose.press('ArrowDown');
    expect(await choose.evaluate((button) => button === document.activeElement)).toBe(true);
    await own.first().getByRole('button', { name: 'Done' }).press('ArrowDown');
    expect(await own.nth(1).evaluate((part) => part.parentElement === document.activeElement)).toBe(true);
    await choose.click();
    await until(() => callsOf(gateway, 'feed:read').length === 1, 'the mark');
    await page.locator('.own-bell', { hasText: '44' }).click();
    const more = page.locator('.own-more', { hasText: 'unavailable' });
    await more.waitFor();
    await more.click();
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
