/** How an <Inbox> loads older items. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Pages } from './pages.ts';
import { callsOf, countIs, isRead, openInbox } from './scene.ts';

let pages: Pages;
beforeAll(async () => {
  pages = await Pages.open();
});
afterEach(async () => {
  expect(await pages.clear()).toEqual([]);
});
afterAll(() => pages.close());

it('the unread tab loads nothing where all that is unread is there', async () => {
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

it('the unread tab loads on, a hundred at a time, while the hub counts more', async () => {
  const { gateway, page } = await openInbox(pages, {
    items: 400,
    changes: (n) => (n > 397 || n === 250 ? {} : isRead),
  });
  await page.getByRole('tab', { name: 'Unread' }).click();
  await countIs(page, 4);
  await page.getByRole('button', { name: /Load older|Loading/ }).waitFor({ state: 'detached' });
  // Down to the hundred that number 250 is in.
  expect(callsOf(gateway, 'feed:list')).toMatchObject([{ limit: 20 }, { limit: 100 }, { limit: 100 }]);
});
