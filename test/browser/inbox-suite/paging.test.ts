import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { focused, items, rendered, renderers, requestsOf } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);

  it('more is loaded while the end is near', async () => {
    const page = await fixture.page({ attributes: 'layout="page"' });
    await page.evaluate('feed.show(range(5, { unread: false }, 400), range(400, { unread: false }))');
    // 800 visible pixels plus 500: less than 40 items.
    await until(async () => (await page.evaluate('feed.snapshot.items.length')) === 25);
    await rendered(page);
    await rendered(page);
    await expect.poll(() => requestsOf(page)).toEqual(['loadMore 20']);
    for (let loaded = 25; loaded < 405; loaded = Math.min(405, loaded + 20)) {
      await page.evaluate('document.scrollingElement.scrollTop = 1e9');
      await until(async () => Number(await page.evaluate('feed.snapshot.items.length')) > loaded);
    }
    await until(async () => (await page.locator('.hubbub-inbox__end').count()) === 0);
    expect(await page.evaluate('feed.snapshot.hasMore')).toBe(false);
  });

  it('no more than needed is loaded in a wrapper that is as tall as its content', async () => {
    const page = await fixture.page({
      attributes: 'layout="page"',
      css: 'html,body,main{overflow-x:hidden}',
    });
    await page.evaluate('feed.show(range(5, { unread: false }, 400), range(400, { unread: false }))');
    await until(async () => (await page.evaluate('feed.snapshot.items.length')) === 25);
    await rendered(page);
    await rendered(page);
    expect(await requestsOf(page)).toEqual(['loadMore 20']);
  });

  it('a button also loads more, and retries after an error', async () => {
    const page = await fixture.page({ attributes: 'layout="page"' });
    await page.evaluate(
      'feed.refuses = true; feed.show(range(5, { unread: false }, 100), range(20, { unread: false }))',
    );
    const retry = page.getByRole('button', { name: 'Try again' });
    await retry.waitFor();
    await rendered(page);
    await expect.poll(() => requestsOf(page)).toEqual(['loadMore 20']);
    expect(await page.evaluate('events')).toEqual([{ name: 'hubbub-error', code: 'unavailable' }]);
    expect(await items(page).count()).toBe(5);
    await page.evaluate('feed.refuses = false');
    await retry.click();
    await until(async () => (await page.evaluate('feed.snapshot.items.length')) === 25);
  });

  it('the unread tab loads large pages, only while the hub counts more than are shown', async () => {
    const page = await fixture.page({ attributes: 'layout="page"', height: 3000 });
    await page.evaluate(
      'feed.show(range(30, { unread: false }, 1000), [...range(350, { unread: false }, 400), ...range(3, {}, 390), ...range(300, { unread: false })])',
    );
    await page.getByRole('tab', { name: 'Unread' }).click();
    await until(async () => (await items(page).count()) === 3);
    await until(async () => (await page.locator('.hubbub-inbox__end').count()) === 0);
    const unread = (await requestsOf(page)).filter((call) => call === 'loadMore 100');
    expect(unread.length).toBeGreaterThanOrEqual(3);
    expect(await page.evaluate('feed.snapshot.hasMore')).toBe(true);
  });

  it('the unread tab loads nothing if the hub counts no more', async () => {
    const page = await fixture.page({ attributes: 'layout="page"' });
    // `capped` applies to both counts; here only `unseen` exceeds the limit.
    await page.evaluate(
      'feed.show(range(3, {}, 9000), range(2000, { unread: false }), { unread: 3, unseen: 999, capped: true })',
    );
    await page.evaluate('feed.requests.length = 0; feed.markSeen = async () => {}');
    await page.getByRole('tab', { name: 'Unread' }).click();
    await until(async () => (await items(page).count()) === 3);
    await rendered(page);
    const before = await requestsOf(page);
    expect(before.filter((call) => call === 'loadMore 100')).toEqual([]);
    expect(await page.locator('.hubbub-inbox__end').count()).toBe(0);
  });

  it('a failure to load more is shown once, at the end, with a retry button that keeps the focus', async () => {
    const page = await fixture.page({ attributes: 'layout="page"' });
    await page.evaluate(
      'feed.refuses = true; feed.show(range(5, { unread: false }, 100), range(20, { unread: false }))',
    );
    const error = page.locator('.hubbub-inbox__end').getByRole('alert');
    await error.filter({ hasText: 'That did not work.' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(1);
    const retry = page.getByRole('button', { name: 'Try again' });
    await retry.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('events.length')).toBe(2);
    await error.waitFor();
    await expect.poll(() => focused(page)).toBe('load-more');
    await page.evaluate('feed.refuses = false');
    await page.keyboard.press('Enter');
    await error.waitFor({ state: 'detached' });
    await until(async () => (await items(page).count()) === 25);
  });

  it('the unread tab shows a failure instead of "all read"', async () => {
    const page = await fixture.page({ attributes: 'layout="page"' });
    await page.evaluate(
      'feed.refuses = true; feed.show(range(30, { unread: false }, 100), range(3)); feed.markSeen = async () => {}',
    );
    await page.getByRole('tab', { name: 'Unread' }).click();
    await page.getByRole('alert').filter({ hasText: 'That did not work.' }).waitFor();
    expect(await page.getByText('All caught up').count()).toBe(0);
    expect(await page.locator('.hubbub-inbox__loading').count()).toBe(0);
    await page.evaluate('feed.refuses = false');
    await page.getByRole('button', { name: 'Try again' }).click();
    await until(async () => (await items(page).count()) === 3);
  });
});
