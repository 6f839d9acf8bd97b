/** Errors of an <Inbox> with a provider, and their reports to the page. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { bell, callsOf, countIs, failures, openInbox, refusal } from './inbox-fixture.ts';
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

it('a refused mark is ignored without a user action', async () => {
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
    // At once, even while the notice still moves: the client retries on its own soon.
    await page.getByRole('button', { name: 'Try again' }).dispatchEvent('click');
    await countIs(page, 3);
    await page.getByText(text).waitFor({ state: 'detached' });
    expect(pages.consoleErrors.splice(0)).toEqual([
      expect.stringContaining('No connection (unauthenticated)'),
    ]);
  });
});
