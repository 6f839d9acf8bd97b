/** A click on a link that leaves the page, while an earlier request is pending. */
import { expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { bell, callsOf, itemOf, openInbox } from './inbox-fixture.ts';
import { Pages } from './pages.ts';

const pages = Pages.ofTests();

it('a click that leaves the page still marks the item', async () => {
  const { gateway, page } = await openInbox(pages, {
    inbox: {},
    action: (n) => ({ targets: [{ type: 'issue', id: String(n), name: `Issue ${n}`, url: `/issues/${n}` }] }),
  });
  await page.route('**/issues/*', (route) => route.fulfill({ contentType: 'text/html', body: 'An issue' }));
  gateway.beforeAnswer = (event) => (event === 'feed:seen' ? new Promise(() => {}) : undefined);
  await bell(page).click();
  // Opening sends a seen mark, which gets no response: the mark of the click waits behind it.
  await until(() => callsOf(gateway, 'feed:seen').length === 1, 'the seen mark');
  await itemOf(page, 'Issue 2').click();
  await page.getByText('An issue').waitFor();
  await until(() => callsOf(gateway, 'feed:read').length === 1, 'the mark');
  expect(callsOf(gateway, 'feed:read')).toEqual([{ ids: ['i2'] }]);
  expect(gateway.feed.counts().unread).toBe(2);
});
