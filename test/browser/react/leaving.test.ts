/** A click on an item whose link leaves the page, while the hub is slow to answer what was asked before. */
import { expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { Pages } from './pages.ts';
import { bell, callsOf, itemOf, openInbox } from './scene.ts';

const pages = Pages.ofTests();

it('marks the item all the same', async () => {
  const { gateway, page } = await openInbox(pages, {
    inbox: {},
    action: (n) => ({ targets: [{ type: 'issue', id: String(n), name: `Issue ${n}`, url: `/issues/${n}` }] }),
  });
  await page.route('**/issues/*', (route) => route.fulfill({ contentType: 'text/html', body: 'An issue' }));
  gateway.beforeAnswer = (event) => (event === 'feed:seen' ? new Promise(() => {}) : undefined);
  await bell(page).click();
  // Opening says that all was seen, which has no answer: the mark that the click makes waits for its turn.
  await until(() => callsOf(gateway, 'feed:seen').length === 1, 'what was seen');
  await itemOf(page, 'Issue 2').getByRole('link').click();
  await page.getByText('An issue').waitFor();
  await until(() => callsOf(gateway, 'feed:read').length === 1, 'the mark');
  expect(callsOf(gateway, 'feed:read')).toEqual([{ ids: ['i2'] }]);
  expect(gateway.feed.counts().unread).toBe(2);
});
