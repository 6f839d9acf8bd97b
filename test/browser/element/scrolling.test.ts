/** Boxes of the page that scroll around the inbox, from the beginning or later. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { drawn, Fixture, items } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.open();
});
afterEach(async () => {
  expect(fixture.complaints).toEqual([]);
  await fixture.closePages();
});
afterAll(() => fixture.close());

const inPage = { attributes: 'layout="page"' };

it('a list in a box of the page makes the box longer, and nothing around it', async () => {
  const page = await fixture.page({ ...inPage, html: 'lang="en" class="boxed"' });
  const beyond = 'document.documentElement.scrollHeight - document.documentElement.clientHeight';
  for (const count of [0, 3, 300]) {
    await page.evaluate(`feed.show(range(${count}))`);
    if (count > 0) await items(page).first().waitFor();
    await drawn(page);
    expect(await page.evaluate(beyond), `${count} items`).toBe(0);
  }
  // Nor does what only screen readers are told make the box longer than the list.
  const below = `(() => { const main = document.querySelector('main'); main.scrollTop = 1e9;
    return main.getBoundingClientRect().top + main.clientHeight - inbox.getBoundingClientRect().bottom; })()`;
  expect(Math.abs((await page.evaluate(below)) as number)).toBeLessThan(1);
});
