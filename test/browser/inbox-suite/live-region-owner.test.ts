/** Several inboxes in one page that share a hub. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { renderers } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);

  /** A bell and a list. `said` has the announcements of both. */
  const pair = async (): Promise<Page> => {
    const page = await fixture.page({ second: 'layout="page"' });
    await page.evaluate(`feed.show(range(3)); second.hub = hub;
      window.said = [];
      window.roots = { bell: root, list: second.shadowRoot ?? document.querySelector('#second') };
      window.listen = () => { for (const [name, root] of Object.entries(roots)) {
        const region = root.querySelector('[aria-live]');
        new MutationObserver(() => region.textContent && said.push(name + ': ' + region.textContent))
          .observe(region, { subtree: true, childList: true, characterData: true });
      } }`);
    await until(async () => (await page.evaluate('feed.listeners')) === 2);
    await page.evaluate('Promise.all([inbox.updateComplete, second.updateComplete]).then(listen)');
    return page;
  };
  const announced = (page: Page) => page.evaluate('said');

  it('one of two inboxes announces new items; when it is removed, the other does', async () => {
    const page = await pair();
    await page.evaluate("feed.push(feedItem(10, { text: 'One' }))");
    await expect.poll(() => announced(page)).toEqual(['bell: One']);
    // It is highlighted in the list, whichever inbox announces it.
    expect(await page.locator('#second .hubbub-inbox__item--new').count()).toBe(1);
    await page.evaluate('inbox.remove()');
    await until(async () => (await page.evaluate('feed.listeners')) === 1);
    await page.evaluate("feed.push(feedItem(11, { text: 'Two' }))");
    await expect.poll(() => announced(page)).toEqual(['bell: One', 'list: Two']);
  });

  it('the announcing inbox is visible', async () => {
    const page = await pair();
    await page.evaluate("inbox.hidden = true; feed.push(feedItem(10, { text: 'One' }))");
    await expect.poll(() => announced(page)).toEqual(['list: One']);
    await page.evaluate(
      "inbox.hidden = false; document.querySelector('main').style.visibility = 'hidden'; box.style.visibility = 'visible'",
    );
    await page.evaluate("feed.push(feedItem(11, { text: 'Two' }))");
    await expect.poll(() => announced(page)).toEqual(['list: One', 'bell: Two']);
  });
});
