/** The page's content in the slots of the element. */
import { expect, it } from 'vitest';
import { items } from '../inbox-suite/fixture.ts';
import { useFixture } from '../inbox-suite/use-fixture.ts';

const fixture = useFixture('element');

it('slotted content keeps its keys and clicks, with any names in the page', async () => {
  const page = await fixture.page({
    attributes: 'layout="page"',
    before: '<div class="hubbub-inbox__item" data-id="i4" tabindex="0"><div class="hubbub-inbox__panel">',
    slots: '<span slot="footer" class="hubbub-inbox__items"><input id="own" value="abc"></span>',
    after: '</div></div>',
  });
  await page.evaluate('feed.show(range(5))');
  await items(page).first().waitFor();
  await page.locator('#own').click();
  for (const key of ['Home', 'x', 'End', 'ArrowDown', 'y', 'Enter']) await page.keyboard.press(key);
  expect(await page.evaluate('own.value')).toBe('xabcy');
  expect(await page.evaluate('document.activeElement.id')).toBe('own');
  await expect.poll(() => page.evaluate('[events, location.hash]')).toEqual([[], '']);
});

it('slotted content is shown in header and footer, and instead of the text of an empty list', async () => {
  const slots =
    '<b slot="empty">Quiet today</b><a slot="header" href="#s">Settings</a><a slot="footer" href="#a">See all</a>';
  const page = await fixture.page({ attributes: 'open', slots });
  await page.evaluate('feed.show([])');
  for (const text of ['Quiet today', 'Settings', 'See all']) await page.getByText(text).waitFor();
  expect(await page.getByText('Nothing here yet').isVisible()).toBe(false);
});

it('slotted content can have the focus while the panel is open', async () => {
  const page = await fixture.page({ slots: '<a slot="header" href="#s">Settings</a>' });
  await page.evaluate('feed.show([])');
  await page.locator('.hubbub-inbox__bell').click();
  await page.getByRole('link', { name: 'Settings' }).focus();
  await page.getByRole('button', { name: 'Close', exact: true }).focus();
  expect(await page.evaluate('inbox.open')).toBe(true);
});
