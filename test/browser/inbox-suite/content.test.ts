/** Excerpts, links, levels and buttons of items, by mouse, keyboard and screen reader. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { focused, items, renderers, requestsOf } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

const buttons = `[{ id: 'yes', label: 'Approve', style: 'primary' }, { id: 'no', label: 'Decline', style: 'danger' }, { id: 'open', label: 'Details', url: '#details' }]`;

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);

  const open = async (...shown: string[]) => {
    const page = await fixture.page({ attributes: 'layout="page"' });
    await page.evaluate(`feed.show([${shown}])`);
    await items(page).first().waitFor();
    await expect.poll(() => requestsOf(page)).toContain('markSeen');
    await page.evaluate('feed.requests.length = 0');
    return page;
  };
  const withButtons = `feedItem(2, { buttons: ${buttons} })`;
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const attributes = (page: Page, name: string) =>
    button(page, name).evaluate((it) => [it.getAttribute('aria-pressed'), it.getAttribute('aria-disabled')]);

  it('a press is sent, and shown on the button; the others cannot be pressed any more', async () => {
    const page = await open(withButtons, 'feedItem(1)');
    expect(await attributes(page, 'Approve')).toEqual([null, null]);
    await button(page, 'Approve').click();
    await expect.poll(() => attributes(page, 'Approve')).toEqual(['true', 'true']);
    expect(await attributes(page, 'Decline')).toEqual([null, 'true']);
    await expect.poll(() => items(page).first().getAttribute('class')).not.toContain('--unread');
    // The button is only disabled for assistive technology, so that it keeps the focus.
    for (const name of ['Decline', 'Approve']) await button(page, name).click({ force: true });
    await page.evaluate('inbox.updateComplete');
    expect(await requestsOf(page)).toEqual(['press i2 yes']);
    expect(await page.evaluate('location.hash')).toBe('');
    expect(await page.evaluate('events')).toEqual([]);
  });

  it('a press of another device is shown', async () => {
    const page = await open(withButtons);
    await page.evaluate(
      `feed.push(feedItem(2, { buttons: ${buttons}, unread: false, pressed: { button: 'no', at: new Date().toISOString() } }))`,
    );
    await expect.poll(() => attributes(page, 'Decline')).toEqual(['true', 'true']);
    expect(await attributes(page, 'Approve')).toEqual([null, 'true']);
  });

  it.each([
    ['press_refused', 'The review is closed.', 'The review is closed.'],
    ['already_pressed', 'A button of this item was already pressed', 'This was already answered.'],
    ['forbidden', 'Not allowed', 'That did not work.'],
  ])('a press that is refused (%s) is undone, and announced', async (code, message, announced) => {
    const page = await open(withButtons);
    await page.evaluate(
      `feed.refuses = true; feed.refusal = new HubError('${code}', ${JSON.stringify(message)}, false)`,
    );
    await button(page, 'Approve').click();
    await expect.poll(() => page.getByRole('alert').textContent()).toContain(announced);
    await expect.poll(() => attributes(page, 'Approve')).toEqual([null, null]);
    expect(await items(page).first().getAttribute('class')).toContain('--unread');
  });

  it('keys reach the buttons of one item, press them, and still move in the list', async () => {
    const page = await open(withButtons, `feedItem(1, { buttons: ${buttons} })`);
    await items(page).first().focus();
    const way: string[] = [];
    for (let step = 0; step < 5; step += 1) {
      await page.keyboard.press('Tab');
      way.push(await focused(page));
    }
    expect(way).toEqual(['i2 name', 'i2 button', 'i2 button', 'i2 button', 'i2 mark']);
    for (const key of ['Shift+Tab', 'Shift+Tab', 'Enter']) await page.keyboard.press(key);
    await expect.poll(() => requestsOf(page)).toEqual(['press i2 no']);
    await expect.poll(() => button(page, 'Decline').first().getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => focused(page)).toBe('i2 button');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => focused(page)).toBe('i1');
    for (const key of ['Tab', 'Tab', 'Space']) await page.keyboard.press(key);
    await expect.poll(() => requestsOf(page)).toEqual(['press i2 no', 'press i1 yes']);
  });

  it('a button with an address is a link, which marks the item read', async () => {
    const page = await open(withButtons);
    await page.getByRole('link', { name: 'Details' }).click();
    await expect.poll(() => page.evaluate('location.hash')).toBe('#details');
    await expect.poll(() => requestsOf(page)).toEqual(['markRead i2']);
    expect(await page.evaluate('events')).toMatchObject([{ name: 'hubbub-select', url: '#details' }]);
  });

  it('an item leads to the address of its action', async () => {
    const page = await open(`feedItem(2, { url: '#own' })`);
    await items(page).first().click();
    await expect.poll(() => page.evaluate('location.hash')).toBe('#own');
    await items(page).first().focus();
    await page.evaluate(`location.hash = ''`);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('location.hash')).toBe('#own');
  });

  it('addresses that are not safe are no links', async () => {
    const unsafe = `[{ id: 'x', label: 'Run', url: 'javascript:alert(1)' }, { id: 'y', label: 'Keep' }]`;
    const page = await open(`feedItem(2, { url: 'javascript:alert(1)', buttons: ${unsafe} })`);
    expect(await page.getByText('Run').count()).toBe(0);
    expect(await page.getByText('Keep').count()).toBe(1);
    expect(await page.locator('.hubbub-inbox__link').getAttribute('href')).toBe('#issue-2');
  });

  it('an excerpt is text, keeps its lines, and takes three lines at most', async () => {
    const page = await open(
      `feedItem(2, { body: '<b>One</b>\\n' + 'word '.repeat(190) })`,
      `feedItem(1, { body: 'short' })`,
    );
    const excerpts = page.locator('.hubbub-inbox__excerpt');
    expect(await excerpts.first().textContent()).toMatch(/^<b>One<\/b>\nword/);
    const heights = await excerpts.evaluateAll((all) => all.map((it) => it.clientHeight));
    expect((heights[0] ?? 0) / (heights[1] ?? 1)).toBeCloseTo(3, 0);
  });

  it('warnings and errors have a name, a stripe and an icon; other levels do not', async () => {
    const levels = [10, 30, 39, 40, 49, 50, 60];
    const page = await open(
      ...levels.map((level, index) => `feedItem(${9 - index}, { level: ${level}, text: 'It happened' })`),
    );
    const names = await items(page).evaluateAll((all) => all.map((it) => it.getAttribute('aria-label')));
    const expected = ['', '', '', 'Warning: ', 'Warning: ', 'Error: ', 'Error: '];
    for (const [index, name] of names.entries())
      expect(name).toMatch(new RegExp(`^Unread: ${expected[index]}It happened`));
    const stripes = await items(page).evaluateAll((all) =>
      all.map((it) => Number.parseFloat(getComputedStyle(it, '::before').width) || 0),
    );
    expect(stripes.map((width) => width > 0)).toEqual(expected.map((name) => name !== ''));
    expect(await page.locator('.hubbub-inbox__level svg').count()).toBe(4);
    expect(await page.locator('.hubbub-inbox__level').allTextContents()).toEqual(expected.filter(Boolean));
  });
});
