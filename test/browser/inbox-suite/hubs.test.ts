/** Another hub in the same inbox, or none. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { items, renderers, requestsOf } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);
  const inPage = { attributes: 'layout="page"' };

  it('the hub can be changed: the items of the other one are not new', async () => {
    const page = await fixture.page(inPage);
    await page.evaluate(`feed.show(range(3));
      window.other = new FakeHub();
      other.feed.show(range(5, {}, 100));
      inbox.hub = other`);
    await until(async () => (await items(page).count()) === 5);
    expect(await page.evaluate('[feed.listeners, other.feed.listeners]')).toEqual([0, 1]);
    expect(await page.locator('[aria-live]').textContent()).toBe('');
    await page.evaluate('inbox.hub = null');
    await until(async () => (await page.evaluate('other.feed.listeners')) === 0);
    await until(async () => (await items(page).count()) === 0);
  });

  describe('another hub', () => {
    const swap = `window.other = new FakeHub(); other.feed.show(range(20, {}, 20), range(20)); inbox.hub = other`;

    it('has no errors yet, and gets a request for more', async () => {
      const page = await fixture.page({ ...inPage, height: 3000 });
      await page.evaluate('feed.refuses = true; feed.show(range(20, {}, 20), range(20))');
      await page.getByRole('button', { name: 'Try again' }).waitFor();
      await page.evaluate("$('.hubbub-inbox__mark').click()");
      await page.locator('.hubbub-inbox__error').waitFor();
      await page.evaluate(swap);
      await until(async () => (await items(page).count()) === 40);
      expect(await page.getByText('That did not work.').count()).toBe(0);
    });

    it('does not show late errors of the last one', async () => {
      const page = await fixture.page({ ...inPage, height: 3000 });
      await page.evaluate('feed.refuses = feed.holds = true; feed.show(range(20, {}, 20), range(20))');
      await page.getByRole('button', { name: 'Loading …' }).waitFor();
      await page.evaluate(`${swap}; other.feed.holds = true`);
      await until(async () => (await page.evaluate('other.feed.listeners')) === 1);
      await page.evaluate('feed.respond()');
      await until(
        async () => (await page.evaluate("events.some(({ code }) => code === 'unavailable')")) === true,
      );
      await until(async () => (await page.evaluate("other.feed.requests.includes('loadMore 20')")) === true);
      await page.getByRole('button', { name: 'Loading …' }).waitFor();
    });

    it('does not announce or highlight items of the last one', async () => {
      const page = await fixture.page(inPage);
      await page.evaluate('feed.show(range(3))');
      await page.evaluate('feed.push(feedItem(30))');
      await page.locator('.hubbub-inbox__item--new').waitFor();
      await until(async () => (await page.locator('[aria-live]').textContent()) !== '');
      // It has an item with the same id, which is not new.
      const look = await page.evaluate(`(async () => {
      ${swap};
      await inbox.updateComplete;
      return [$('[data-id=i30]').className, $('[aria-live]').textContent];
    })()`);
      expect(look).toEqual(['hubbub-inbox__item hubbub-inbox__item--unread', '']);
    });

    it('gets seen marks, even if the last one got them for the same items', async () => {
      const page = await fixture.page(inPage);
      await page.evaluate('feed.refuses = true; feed.show(range(3))');
      await until(async () => String(await requestsOf(page)) === 'markSeen');
      await page.evaluate('window.other = new FakeHub(); other.feed.show(range(3)); inbox.hub = other');
      await until(async () => (await page.evaluate('String(other.feed.requests)')) === 'markSeen');
    });
  });
});
