/** More of the list: when it is loaded, and what when that fails. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { drawn, items } from './fixture.ts';
import { fixtureOfTests } from './of-tests.ts';

const fixture = fixtureOfTests();

const asked = (page: Page) => page.evaluate('feed.asked') as Promise<string[]>;

it('more is loaded while the end is near, until it is not', async () => {
  const page = await fixture.page({ attributes: 'layout="page"' });
  await page.evaluate('feed.show(range(5, { unread: false }, 400), range(400, { unread: false }))');
  // A page of 800 pixels and 500 more: less than 40 items.
  await until(async () => (await page.evaluate('feed.snapshot.items.length')) === 25);
  await drawn(page);
  await drawn(page);
  await expect.poll(() => asked(page)).toEqual(['loadMore 20']);
  for (let loaded = 25; loaded < 405; loaded = Math.min(405, loaded + 20)) {
    await page.evaluate('document.scrollingElement.scrollTop = 1e9');
    await until(async () => Number(await page.evaluate('feed.snapshot.items.length')) > loaded);
  }
  await until(async () => (await page.locator('hubbub-inbox .more').count()) === 0);
  expect(await page.evaluate('feed.snapshot.hasMore')).toBe(false);
});

it('more comes by a button as well, and is tried again by it when it failed', async () => {
  const page = await fixture.page({ attributes: 'layout="page"' });
  await page.evaluate(
    'feed.refuses = true; feed.show(range(5, { unread: false }, 100), range(20, { unread: false }))',
  );
  const retry = page.getByRole('button', { name: 'Try again' });
  await retry.waitFor();
  await drawn(page);
  await expect.poll(() => asked(page)).toEqual(['loadMore 20']);
  expect(await page.evaluate('events')).toEqual([{ name: 'hubbub-error', code: 'unavailable' }]);
  expect(await items(page).count()).toBe(5);
  await page.evaluate('feed.refuses = false');
  await retry.click();
  await until(async () => (await page.evaluate('feed.snapshot.items.length')) === 25);
});

it('more of the unread is asked for in large pages, and only while the hub counts more than are shown', async () => {
  const page = await fixture.page({ attributes: 'layout="page"', height: 3000 });
  await page.evaluate(
    'feed.show(range(30, { unread: false }, 1000), [...range(350, { unread: false }, 400), ...range(3, {}, 390), ...range(300, { unread: false })])',
  );
  await page.getByRole('tab', { name: 'Unread' }).click();
  await until(async () => (await items(page).count()) === 3);
  await until(async () => (await page.locator('hubbub-inbox .more').count()) === 0);
  const unread = (await asked(page)).filter((call) => call === 'loadMore 100');
  expect(unread.length).toBeGreaterThanOrEqual(3);
  expect(await page.evaluate('feed.snapshot.hasMore')).toBe(true);
});

it('what is unread is not looked for where the hub counts no more of it', async () => {
  const page = await fixture.page({ attributes: 'layout="page"' });
  // Unseen are more than it counts: that is said of both.
  await page.evaluate(
    'feed.show(range(3, {}, 9000), range(2000, { unread: false }), { unread: 3, unseen: 999, capped: true })',
  );
  await page.evaluate('feed.asked.length = 0; feed.markSeen = async () => {}');
  await page.getByRole('tab', { name: 'Unread' }).click();
  await until(async () => (await items(page).count()) === 3);
  await drawn(page);
  const before = await asked(page);
  expect(before.filter((call) => call === 'loadMore 100')).toEqual([]);
  expect(await page.locator('hubbub-inbox .more').count()).toBe(0);
});
