/** Scrolling boxes around the inbox, from the start or later. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { items, rendered, renderers } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);

  const inPage = { attributes: 'layout="page"' };

  it('a list in a scrolling box extends only the box', async () => {
    const page = await fixture.page({ ...inPage, html: 'lang="en" class="boxed"' });
    const beyond = 'document.documentElement.scrollHeight - document.documentElement.clientHeight';
    for (const count of [0, 3, 300]) {
      await page.evaluate(`feed.show(range(${count}))`);
      if (count > 0) await items(page).first().waitFor();
      await rendered(page);
      expect(await page.evaluate(beyond), `${count} items`).toBe(0);
    }
    // Texts for screen readers do not make the box longer than the list.
    const below = `(() => { const main = document.querySelector('main'); main.scrollTop = 1e9;
    return main.getBoundingClientRect().top + main.clientHeight - box.getBoundingClientRect().bottom; })()`;
    expect(Math.abs((await page.evaluate(below)) as number)).toBeLessThan(1);
  });

  /** The share of the visible area, or of the box, that items cover, from 0 to 1. */
  const covered = (page: Page) =>
    page.evaluate(`(() => {
    const box = (document.querySelector('html:not(.unboxed) main') ?? window.box).getBoundingClientRect();
    const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
    let sum = 0;
    for (const row of $$('.hubbub-inbox__item')) {
      const edges = row.getBoundingClientRect();
      sum += Math.max(0, Math.min(bottom, edges.bottom) - Math.max(top, edges.top));
    }
    return sum / (bottom - top);
  })()`) as Promise<number>;

  const becomesBox = {
    'with the window’s size': (page: Page) => page.setViewportSize({ width: 1000, height: 800 }),
    'by a class': (page: Page) => page.evaluate("document.documentElement.className = 'boxed'"),
  };

  it.each(Object.entries(becomesBox))(
    'a list works in a box that scrolls later, %s',
    async (_how, become) => {
      const css = '@media(min-width:900px){main{height:500px;overflow:auto}}';
      const page = await fixture.page({ ...inPage, width: 600, css });
      await page.evaluate('feed.show(range(300))');
      await items(page).first().waitFor();
      await become(page);
      await rendered(page);
      for (const top of [2_000, 9_000, 5_000]) {
        await page.evaluate(`document.querySelector('main').scrollTop = ${top}`);
        await expect.poll(() => covered(page), { message: `at ${top}` }).toBeGreaterThan(0.99);
      }
      // Visible items stay in place when an item arrives above them.
      const first = `(() => {
    const { top } = document.querySelector('main').getBoundingClientRect();
    return [...$$('.hubbub-inbox__item')].find((row) => row.getBoundingClientRect().bottom > top).dataset.id;
  })()`;
      const before = await page.evaluate(first);
      await page.evaluate('feed.push(feedItem(999))');
      await rendered(page);
      expect(await page.evaluate(first)).toBe(before);
    },
  );

  it('a list uses the page’s scrolling again when its box stops scrolling', async () => {
    const page = await fixture.page({
      ...inPage,
      html: 'lang="en" class="boxed"',
      css: '.unboxed main{height:300px}',
    });
    await page.evaluate('feed.show(range(300))');
    await items(page).first().waitFor();
    // The box keeps its height, and the list overflows.
    await page.evaluate("document.documentElement.className = 'unboxed'");
    for (const top of [9_000, 2_000]) {
      await page.evaluate(`document.scrollingElement.scrollTop = ${top}`);
      await expect.poll(() => covered(page), { message: `at ${top}` }).toBeGreaterThan(0.99);
    }
  });
});
