/** `onSelect` of an <Inbox>: the application handles a click itself. */
import { expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { bell, callsOf, itemOf, markButton, openInbox, panel } from './inbox-fixture.ts';
import { Pages } from './pages.ts';

const pages = Pages.ofTests();

it.each(['refuse', 'prevent'] as const)('onSelect leaves the item to the page: %s', async (selecting) => {
  const { gateway, page } = await openInbox(pages, { inbox: {}, selecting });
  await bell(page).click();
  await itemOf(page, 'Issue 2').click({ position: { x: 4, y: 4 } });
  await until(async () => (await page.evaluate<string[]>('probe.selected')).length === 1, 'the click');
  expect(await page.evaluate('probe.selected')).toEqual(['i2']);
  expect(await panel(page).isVisible()).toBe(true);
  // An earlier call would have come before this one.
  await markButton(page, 'Issue 1').click();
  await until(() => callsOf(gateway, 'feed:read').length === 1, 'the mark');
  expect(callsOf(gateway, 'feed:read')).toMatchObject([{ ids: ['i1'] }]);
  expect(new URL(page.url()).hash).toBe('');
});
