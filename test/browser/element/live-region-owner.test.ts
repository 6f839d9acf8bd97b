/** Several inboxes in one page that share a hub. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { useFixture } from './use-fixture.ts';

const fixture = useFixture();

const pair = async (): Promise<Page> => {
  const element =
    '<hubbub-inbox id="bell"></hubbub-inbox><hubbub-inbox id="list" layout="page"></hubbub-inbox>';
  const page = await fixture.page({ element });
  await page.evaluate(`feed.show(range(3)); list.hub = hub;
    window.said = [];
    window.listen = () => { for (const { id, shadowRoot } of [bell, list]) {
      const region = shadowRoot.querySelector('[aria-live]');
      new MutationObserver(() => region.textContent && said.push(id + ': ' + region.textContent))
        .observe(region, { subtree: true, childList: true, characterData: true });
    } }`);
  await until(async () => (await page.evaluate('feed.listeners')) === 2);
  await page.evaluate('Promise.all([bell.updateComplete, list.updateComplete]).then(listen)');
  return page;
};
const announced = (page: Page) => page.evaluate('said');

it('one of them announces new items; when it is removed, another does', async () => {
  const page = await pair();
  await page.evaluate("feed.push(feedItem(10, { text: 'One' }))");
  await expect.poll(() => announced(page)).toEqual(['bell: One']);
  // It is highlighted in the list, whichever inbox announces it.
  expect(await page.locator('#list .fresh').count()).toBe(1);
  await page.evaluate('bell.remove()');
  await until(async () => (await page.evaluate('feed.listeners')) === 1);
  await page.evaluate("feed.push(feedItem(11, { text: 'Two' }))");
  await expect.poll(() => announced(page)).toEqual(['bell: One', 'list: Two']);
});

it('the announcing inbox is visible', async () => {
  const page = await pair();
  await page.evaluate("bell.hidden = true; feed.push(feedItem(10, { text: 'One' }))");
  await expect.poll(() => announced(page)).toEqual(['list: One']);
  await page.evaluate(
    "bell.hidden = false; list.parentNode.style.visibility = 'hidden'; bell.style.visibility = 'visible'",
  );
  await page.evaluate("feed.push(feedItem(11, { text: 'Two' }))");
  await expect.poll(() => announced(page)).toEqual(['list: One', 'bell: Two']);
});
