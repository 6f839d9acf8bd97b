/** How an <Inbox> loads older items. */
import { expect, it } from 'vitest';
import { callsOf, countIs, failures, focused, isRead, itemOf, openInbox, refusal } from './inbox-fixture.ts';
import { Pages } from './pages.ts';

const pages = Pages.ofTests();

it('the unread tab loads nothing if all unread items are loaded', async () => {
  const { gateway, page } = await openInbox(pages, {
    items: 300,
    changes: (n) => (n > 297 ? {} : isRead),
  });
  await page.getByRole('button', { name: 'Load older' }).waitFor();
  await page.getByRole('tab', { name: 'Unread' }).click();
  await countIs(page, 3);
  await page.getByRole('button', { name: 'Load older' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Mark all read' }).click();
  await page.getByText('All caught up').waitFor();
  expect(callsOf(gateway, 'feed:list')).toHaveLength(1);
});

it('the unread tab loads a hundred items at a time while the hub counts more', async () => {
  const { gateway, page } = await openInbox(pages, {
    items: 400,
    changes: (n) => (n > 397 || n === 250 ? {} : isRead),
  });
  await page.getByRole('tab', { name: 'Unread' }).click();
  await countIs(page, 4);
  await page.getByRole('button', { name: /Load older|Loading/ }).waitFor({ state: 'detached' });
  // Loads up to the hundred that contains number 250.
  expect(callsOf(gateway, 'feed:list')).toMatchObject([{ limit: 20 }, { limit: 100 }, { limit: 100 }]);
});

it('shows a failed loading once at the end of the list, with a retry button', async () => {
  const { gateway, page } = await openInbox(pages, { items: 60 });
  await countIs(page, 20);
  gateway.errors.set('feed:list', refusal('unavailable', true));
  const end = page.locator('.hubbub-inbox__end');
  await end.scrollIntoViewIfNeeded();
  await end.getByRole('alert').filter({ hasText: 'That did not work.' }).waitFor();
  expect(await page.getByRole('alert').count()).toBe(1);
  expect(await failures(page)).toEqual(['unavailable']);
  // It does not retry automatically.
  expect(callsOf(gateway, 'feed:list')).toHaveLength(2);
  gateway.errors.set('feed:list', refusal('forbidden', false));
  const again = end.getByRole('button', { name: 'Try again' });
  await again.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => failures(page)).toEqual(['unavailable', 'forbidden']);
  await end.getByRole('alert').waitFor();
  await expect.poll(() => focused(page)).toBe('hubbub-inbox__load-more');
  await page.keyboard.press('Enter');
  await itemOf(page, 'Issue 40').waitFor();
  await page.getByRole('alert').waitFor({ state: 'detached' });
});

it('shows a failed loading in the unread tab, instead of "all read"', async () => {
  const { gateway, page } = await openInbox(pages, {
    items: 300,
    changes: (n) => (n === 1 ? {} : isRead),
  });
  await countIs(page, 20);
  gateway.errors.set('feed:list', refusal('unavailable', true));
  await page.getByRole('tab', { name: 'Unread' }).click();
  await page.getByRole('alert').filter({ hasText: 'That did not work.' }).waitFor();
  expect(await page.getByText('All caught up').count()).toBe(0);
  expect(await page.locator('.hubbub-inbox__loading').count()).toBe(0);
  await page.getByRole('button', { name: 'Try again' }).click();
  await itemOf(page, 'Issue 1').waitFor();
});
