/** The focus after its element is removed, or after the inbox is moved. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { focused, renderers } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);

  const retry = (page: Page) => page.getByRole('button', { name: 'Try again' });
  const press = async (page: Page, name: string) => {
    await page.getByRole('button', { name }).focus();
    await page.keyboard.press('Enter');
  };

  describe.each([
    ['behind the bell', 'open'],
    ['in the page', 'layout="page"'],
  ])('%s the focus stays', (_where, attributes) => {
    it('after a successful retry, with and without items', async () => {
      const page = await fixture.page({ attributes });
      await page.evaluate('feed.show([]); feed.fail()');
      await press(page, 'Try again');
      await retry(page).waitFor({ state: 'detached' });
      await expect.poll(() => focused(page)).toBe('items');
      await page.evaluate('feed.show(range(3)); feed.fail()');
      await press(page, 'Try again');
      await retry(page).waitFor({ state: 'detached' });
      await expect.poll(() => focused(page)).toBe('items');
      await page.keyboard.press('ArrowDown');
      await expect.poll(() => focused(page)).toBe('i2');
    });

    it('when the last older items are loaded: on the first of them', async () => {
      const page = await fixture.page({ attributes });
      await page.evaluate('feed.refuses = true; feed.show(range(3, {}, 5), range(2, {}, 3))');
      await retry(page).waitFor();
      await page.evaluate('feed.refuses = false');
      await press(page, 'Try again');
      await page.locator('.hubbub-inbox__end').waitFor({ state: 'detached' });
      await expect.poll(() => focused(page)).toBe('i4');
      await page.keyboard.press('ArrowUp');
      await expect.poll(() => focused(page)).toBe('i5');
    });

    it('when there were no older items: on the last one', async () => {
      const page = await fixture.page({ attributes });
      await page.evaluate('feed.holds = true; feed.show(range(3, {}, 5), range(2)); feed.older = []');
      await page.getByRole('button', { name: 'Loading …' }).focus();
      await page.evaluate('feed.respond()');
      await page.locator('.hubbub-inbox__end').waitFor({ state: 'detached' });
      await expect.poll(() => focused(page)).toBe('i5');
    });
  });
});
