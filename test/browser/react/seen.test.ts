/** An <Inbox> marks only visible items as seen. */
import { expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { callsOf, items, openInbox } from './inbox-fixture.ts';
import { Pages } from './pages.ts';

const pages = Pages.ofTests();

it.each([
  ['in a box that is not shown', '#root { display: none }', `document.querySelector('style').remove()`],
  ['below the fold', '#root { margin-top: 3000px }', 'window.scrollTo(0, 99_999)'],
])('an inbox in the page marks nothing as seen %s', async (_, css, reveal) => {
  const { gateway, page } = await openInbox(pages, { css });
  await items(page).first().waitFor({ state: 'attached' });
  // Earlier requests arrive before this one.
  await page.evaluate(`hub.current.feed.markUnread(['i1'])`);
  expect(callsOf(gateway, 'feed:unread')).toHaveLength(1);
  expect(callsOf(gateway, 'feed:seen')).toEqual([]);
  await page.evaluate(reveal);
  await until(() => gateway.feed.counts().unseen === 0, 'all seen');
  expect(callsOf(gateway, 'feed:seen')).toHaveLength(1);
});
