/** The focus after its element is removed, or after the inbox is moved. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { focused, items } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

const fixture = useFixture();

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
    await expect.poll(() => focused(page)).toBe('scroll');
    await page.evaluate('feed.show(range(3)); feed.fail()');
    await press(page, 'Try again');
    await retry(page).waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('scroll');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => focused(page)).toBe('i2');
  });

  it('when the last older items are loaded: on the first of them', async () => {
    const page = await fixture.page({ attributes });
    await page.evaluate('feed.refuses = true; feed.show(range(3, {}, 5), range(2, {}, 3))');
    await retry(page).waitFor();
    await page.evaluate('feed.refuses = false');
    await press(page, 'Try again');
    await page.locator('hubbub-inbox .more').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('i4');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => focused(page)).toBe('i5');
  });

  it('when there were no older items: on the last one', async () => {
    const page = await fixture.page({ attributes });
    await page.evaluate('feed.holds = true; feed.show(range(3, {}, 5), range(2)); feed.older = []');
    await page.getByRole('button', { name: 'Loading …' }).focus();
    await page.evaluate('feed.respond()');
    await page.locator('hubbub-inbox .more').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('i5');
  });
});

it('a panel that is moved within the page while it is open leaves the focus where it is', async () => {
  const page = await fixture.page({
    attributes: 'open',
    after: '<label>Name <input id="name"></label><div id="other"></div>',
  });
  await page.evaluate('feed.show(range(3))');
  await page.evaluate('inbox.open = false; inbox.updateComplete.then(() => { inbox.open = true; })');
  await expect.poll(() => focused(page)).toBe('panel');
  await page.locator('#name').focus();
  await page.evaluate("document.querySelector('#other').append(inbox)");
  await page.locator('#other hubbub-inbox .panel').waitFor();
  await items(page).first().waitFor();
  expect(await page.evaluate('document.activeElement.id')).toBe('name');
  // After closing and opening it takes the focus again.
  await page.keyboard.press('Escape');
  await page.locator('hubbub-inbox .panel').waitFor({ state: 'hidden' });
  await page.evaluate('inbox.open = true');
  await expect.poll(() => focused(page)).toBe('panel');
});
