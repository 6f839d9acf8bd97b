/** Errors in an <Inbox>, and their reports to the page. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import {
  bell,
  callsOf,
  countIs,
  failures,
  item,
  itemOf,
  openInbox,
  panel,
  refusal,
  unread,
} from './inbox-fixture.ts';
import { Pages, update } from './pages.ts';

const pages = Pages.ofTests();

describe('a failed load', () => {
  it.each([
    ['in the page', { layout: 'page' as const }],
    ['behind a closed bell', {}],
  ])('is reported once, %s', async (_, inbox) => {
    const { gateway, page } = await openInbox(pages, { provider: null });
    gateway.errors.set('feed:list', refusal('forbidden', false));
    await update(page, { provider: 'own', show: ['inbox'], inbox });
    await expect.poll(() => failures(page)).toEqual(['forbidden']);
    if (!('layout' in inbox)) await bell(page).click();
    await page.getByRole('alert').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await countIs(page, 3);
    await page.getByRole('alert').waitFor({ state: 'detached' });
    expect(await failures(page)).toEqual(['forbidden']);
  });
});

describe('a mark that is refused', () => {
  it('is ignored without a user action', async () => {
    const { gateway, page } = await openInbox(pages, { provider: null });
    gateway.errors.set('feed:seen', refusal('forbidden', false));
    await update(page, { provider: 'own' });
    await until(() => callsOf(gateway, 'feed:seen').length === 1, 'the mark');
    await expect.poll(() => page.evaluate('hub.current.feed.getSnapshot().error?.code')).toBe('forbidden');
    await update(page, { show: ['inbox', 'feed'] });
    await page.locator('#feed').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await failures(page)).toEqual([]);
  });

  it('is shown for some seconds if it cannot be retried', async () => {
    const { gateway, page } = await openInbox(pages);
    await countIs(page, 3, unread(page));
    gateway.errors.set('feed:read', refusal('forbidden', false));
    await page.clock.install();
    await page.getByRole('button', { name: 'Mark read: Ada Lovelace closed Issue 2' }).click();
    await page.getByRole('alert').waitFor();
    expect(await failures(page)).toEqual(['forbidden']);
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await page.clock.runFor(6_000);
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it.each([true, false])('is not shown for another hub: retryable %s', async (retryable) => {
    const { gateway, page } = await openInbox(pages);
    const other = await pages.gateway();
    other.feed.put(item(4));
    await countIs(page, 3, unread(page));
    gateway.errors.set('feed:read', refusal('unavailable', retryable));
    await page.getByRole('button', { name: 'Mark read: Ada Lovelace closed Issue 2' }).click();
    await page.getByRole('alert').waitFor();
    await update(page, { url: other.url });
    await itemOf(page, 'Issue 4').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('uses the page’s texts', async () => {
    const labels = { failed: 'Das ging nicht.', retry: 'Noch einmal' };
    const { gateway, page } = await openInbox(pages, { inbox: { layout: 'page', labels } });
    gateway.errors.set('feed:read', refusal('unavailable', true));
    await page.getByRole('button', { name: 'Mark read: Ada Lovelace closed Issue 2' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toBe('Das ging nicht.Noch einmal');
  });

  it('is still reported when the panel was closed meanwhile', async () => {
    const { gateway, page } = await openInbox(pages, { inbox: {} });
    await bell(page).click();
    gateway.errors.set('feed:read', refusal('unavailable', true));
    await page.getByRole('button', { name: 'Mark read: Ada Lovelace closed Issue 2' }).click();
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    await expect.poll(() => failures(page)).toEqual(['unavailable']);
    await bell(page).click();
    await page.getByRole('button', { name: 'Try again' }).click();
    await countIs(page, 2, unread(page));
    await page.getByRole('alert').waitFor({ state: 'detached' });
    expect(await itemOf(page, 'Issue 2').count()).toBe(1);
  });
});

describe('a refused token', () => {
  const text = 'Could not sign you in to notifications.';

  it('that cannot be replaced shows an error instead of loading', async () => {
    const { gateway, page } = await openInbox(pages, { provider: null });
    gateway.refusedTokens.add('wrong');
    await update(page, { provider: 'own', token: 'wrong', tokenIsText: true, show: ['inbox'] });
    await page.getByRole('status').filter({ hasText: text }).waitFor();
    expect(await page.locator('.hubbub-inbox__loading').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    expect(await failures(page)).toEqual(['unauthenticated']);
    expect(pages.consoleErrors.splice(0)).toEqual([
      expect.stringContaining('No connection (unauthenticated)'),
    ]);
  });

  it('that may be replaced shows a retry button, which loads the list', async () => {
    const { gateway, page } = await openInbox(pages, { provider: null });
    gateway.refusedTokens.add('wrong');
    await update(page, { provider: 'own', token: 'wrong', tokenIsText: false, show: ['inbox'] });
    await page.getByRole('status').filter({ hasText: text }).waitFor();
    gateway.refusedTokens.clear();
    await page.getByRole('button', { name: 'Try again' }).click();
    await countIs(page, 3);
    await page.getByText(text).waitFor({ state: 'detached' });
    expect(pages.consoleErrors.splice(0)).toEqual([
      expect.stringContaining('No connection (unauthenticated)'),
    ]);
  });
});
