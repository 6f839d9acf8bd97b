/** Items: clicks, keys and marks, and the focus after them. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { bell, focused, isHidden, items, panel, renderers, requestsOf } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);

  const open = async (show = 'range(5)', attributes = 'layout="page"') => {
    const page = await fixture.page({ attributes });
    await page.evaluate(`feed.show(${show})`);
    await items(page).first().waitFor();
    await until(async () => ((await requestsOf(page)) as string[]).includes('markSeen'));
    await page.evaluate('feed.requests.length = 0');
    return page;
  };
  const events = (page: Page) => page.evaluate('events') as Promise<Array<{ name: string; url?: string }>>;
  const hash = (page: Page) => page.evaluate('location.hash');
  const row = (page: Page, id: string) => page.locator(`[data-id="${id}"]`);
  const isUnread = async (page: Page, id: string) =>
    (await row(page, id).getAttribute('class'))?.includes('hubbub-inbox__item--unread');

  describe('a click on an item', () => {
    it('marks it read and follows its link', async () => {
      const page = await open();
      await row(page, 'i3').click();
      await expect.poll(() => hash(page)).toBe('#issue-3');
      await expect.poll(() => events(page)).toEqual([{ name: 'hubbub-select', id: 'i3', url: '#issue-3' }]);
      await expect.poll(() => requestsOf(page)).toEqual(['markRead i3']);
      await expect.poll(() => isUnread(page, 'i3')).toBe(false);
      await row(page, 'i3').click();
      await expect.poll(() => requestsOf(page)).toEqual(['markRead i3']);
    });

    it('closes the bell’s panel', async () => {
      const page = await open('range(5)', 'open');
      await row(page, 'i3').click();
      await isHidden(panel(page));
      await expect.poll(() => hash(page)).toBe('#issue-3');
      await expect.poll(() => focused(page)).toBe('bell');
    });

    it('can be handled by the page', async () => {
      const page = await open();
      await page.evaluate('window.cancels = true');
      await row(page, 'i3').click();
      await items(page).first().focus();
      await page.keyboard.press('Enter');
      await expect
        .poll(async () => (await events(page)).map(({ url }) => url))
        .toEqual(['#issue-3', '#issue-4']);
      await expect.poll(async () => [await hash(page), await requestsOf(page)]).toEqual(['', []]);
      await expect.poll(() => isUnread(page, 'i3')).toBe(true);
    });

    it('with the middle button or a modifier key opens a tab, like a link, and marks it read', async () => {
      const page = await open();
      for (const [index, how] of [
        { button: 'middle' } as const,
        { modifiers: ['Control'] } as { modifiers: ['Control'] },
      ].entries()) {
        const [tab] = await Promise.all([
          page.context().waitForEvent('page'),
          row(page, `i${index}`).click(how),
        ]);
        await until(() => tab.url().endsWith(`#issue-${index}`));
        await until(async () => (await isUnread(page, `i${index}`)) === false);
      }
      await expect.poll(async () => [await hash(page), await events(page)]).toEqual(['', []]);
    });

    it('on a name follows the name’s link', async () => {
      const page = await open(
        `[feedItem(1, { actor: { type: 'user', id: 'ada', name: 'Ada', url: '#ada' }, text: 'Ada closed Issue 1' })]`,
      );
      await page.getByRole('link', { name: 'Ada' }).click();
      await expect.poll(() => hash(page)).toBe('#ada');
      await expect.poll(() => events(page)).toEqual([{ name: 'hubbub-select', id: 'i1', url: '#ada' }]);
      await expect.poll(() => requestsOf(page)).toEqual(['markRead i1']);
    });

    it('without a link marks it read', async () => {
      const page = await open(`[feedItem(1, { targets: [{ type: 'issue', id: '1', name: 'Issue 1' }] })]`);
      await row(page, 'i1').click();
      await expect.poll(() => events(page)).toEqual([{ name: 'hubbub-select', id: 'i1' }]);
      await expect.poll(() => requestsOf(page)).toEqual(['markRead i1']);
    });

    it('without a link leaves the panel open', async () => {
      const page = await open(`[feedItem(1, { targets: [], text: 'It happened' })]`, 'open');
      await row(page, 'i1').click();
      await expect.poll(() => isUnread(page, 'i1')).toBe(false);
      expect(await panel(page).isVisible()).toBe(true);
    });

    it('by assistive technology on its text also follows the link', async () => {
      const page = await open();
      await page.evaluate(`$('[data-id="i2"] .hubbub-inbox__sentence').click()`);
      await expect
        .poll(async () => [await hash(page), await requestsOf(page)])
        .toEqual(['#issue-2', ['markRead i2']]);
      await expect.poll(() => events(page)).toHaveLength(1);
    });
  });

  describe('keys', () => {
    it('reach everything in order: tabs, one item, what is in it, and out', async () => {
      const page = await fixture.page({
        attributes: 'layout="page"',
        after: '<button id="end">End</button>',
      });
      await page.evaluate('feed.show(range(5))');
      await items(page).first().waitFor();
      const way: string[] = [];
      for (let step = 0; step < 6; step += 1) {
        await page.keyboard.press('Tab');
        way.push((await focused(page)) || String(await page.evaluate('document.activeElement.id')));
      }
      expect(way).toEqual(['mark-all', 'all', 'i4', 'i4 name', 'i4 mark', 'end']);
      await page.keyboard.press('Shift+Tab');
      await expect.poll(() => focused(page)).toBe('i4 mark');
    });

    it('move from item to item, and back to the last one', async () => {
      const page = await open();
      await items(page).first().focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await until(async () => (await focused(page)) === 'i2');
      await page.keyboard.press('ArrowUp');
      await until(async () => (await focused(page)) === 'i3');
      await page.keyboard.press('Shift+Tab');
      await expect.poll(() => focused(page)).toBe('all');
      await page.keyboard.press('Tab');
      await expect.poll(() => focused(page)).toBe('i3');
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowDown');
      await until(async () => (await focused(page)) === 'i0');
      await page.keyboard.press('Enter');
      await expect
        .poll(async () => [await hash(page), await requestsOf(page)])
        .toEqual(['#issue-0', ['markRead i0']]);
    });

    it('move from the panel into the list', async () => {
      const page = await fixture.page();
      await page.evaluate('feed.show(range(5))');
      await bell(page).click();
      await until(async () => (await focused(page)) === 'panel');
      await page.keyboard.press('ArrowDown');
      await until(async () => (await focused(page)) === 'i4');
    });

    it('change tabs, in the direction of reading', async () => {
      for (const [html, key] of [
        ['lang="en"', 'ArrowRight'],
        ['lang="en" dir="rtl"', 'ArrowLeft'],
      ]) {
        const page = await fixture.page({ html, attributes: 'layout="page"' });
        await page.evaluate('feed.show([feedItem(2), feedItem(1, { unread: false })])');
        await items(page).first().waitFor();
        const tab = (name: string) => page.getByRole('tab', { name });
        await tab('All').focus();
        await page.keyboard.press(key ?? '');
        await until(async () => (await tab('Unread').getAttribute('aria-selected')) === 'true');
        await expect.poll(() => focused(page)).toBe('unread');
        expect(await items(page).count()).toBe(1);
        expect(await page.getByRole('tabpanel', { name: 'Unread' }).count()).toBe(1);
        await page.keyboard.press('Home');
        await until(async () => (await items(page).count()) === 2);
        await expect.poll(() => focused(page)).toBe('all');
      }
    });
  });

  describe('marks', () => {
    it('are set and reset by the item’s button', async () => {
      const page = await open();
      const mark = row(page, 'i4').locator('.hubbub-inbox__mark');
      expect(await mark.getAttribute('aria-label')).toBe('Mark read: Ada Lovelace closed Issue 4');
      expect(await mark.getAttribute('title')).toBe('Mark read');
      await mark.click();
      await until(async () => (await mark.getAttribute('title')) === 'Mark unread');
      expect(await row(page, 'i4').getAttribute('aria-label')).not.toContain('Unread');
      await mark.click();
      await until(async () => (await mark.getAttribute('title')) === 'Mark read');
      expect(await row(page, 'i4').getAttribute('aria-label')).toMatch(
        /^Unread: Ada Lovelace closed Issue 4\. /,
      );
      await expect.poll(() => requestsOf(page)).toEqual(['markRead i4', 'markUnread i4']);
      await expect.poll(async () => [await hash(page), await events(page)]).toEqual(['', []]);
    });

    it('of all items are one click, which then is disabled', async () => {
      const page = await open();
      const all = page.getByRole('button', { name: 'Mark all read' });
      await all.click();
      await until(async () => (await all.getAttribute('aria-disabled')) === 'true');
      await all.click({ force: true });
      await expect.poll(() => requestsOf(page)).toEqual(['markAllRead']);
      await expect.poll(() => focused(page)).toBe('mark-all');
    });

    it('that are refused are reported to the page and shown for a while', async () => {
      const page = await open();
      await page.clock.install();
      await page.evaluate('feed.refuses = true');
      await row(page, 'i4').locator('.hubbub-inbox__mark').click();
      await page.getByText('That did not work.').waitFor();
      await expect.poll(() => isUnread(page, 'i4')).toBe(true);
      await expect.poll(() => events(page)).toEqual([{ name: 'hubbub-error', code: 'forbidden' }]);
      await page.clock.runFor(6_100);
      await page.getByText('That did not work.').waitFor({ state: 'detached' });
    });

    it('that may succeed later can be retried', async () => {
      const page = await open();
      await page.evaluate('feed.refuses = true; feed.isRetryable = true');
      await row(page, 'i4').locator('.hubbub-inbox__mark').click();
      const error = page.getByRole('alert').filter({ hasText: 'That did not work.' });
      await error.waitFor();
      await page.evaluate('feed.refuses = false');
      await page.getByRole('button', { name: 'Try again' }).click();
      await error.waitFor({ state: 'detached' });
      await expect.poll(() => isUnread(page, 'i4')).toBe(false);
      await expect.poll(() => focused(page)).toBe('items');
      expect(await page.evaluate('events')).toEqual([{ name: 'hubbub-error', code: 'unavailable' }]);
    });

    it('that are refused after the panel closed are reported, and shown when it opens', async () => {
      const page = await open('range(5)', 'open');
      await page.evaluate('feed.refuses = true; feed.isRetryable = true');
      await row(page, 'i4').locator('.hubbub-inbox__mark').click();
      await page.keyboard.press('Escape');
      await isHidden(panel(page));
      await expect.poll(() => events(page)).toEqual([{ name: 'hubbub-error', code: 'unavailable' }]);
      await bell(page).click();
      await page.getByRole('button', { name: 'Try again' }).waitFor();
    });

    it('remove items from the unread tab, and the focus moves to the next', async () => {
      const page = await open();
      await page.getByRole('tab', { name: 'Unread' }).click();
      await row(page, 'i3').locator('.hubbub-inbox__mark').focus();
      await page.keyboard.press('Enter');
      await until(async () => (await focused(page)) === 'i2 mark');
      expect(await items(page).count()).toBe(4);
      await page.keyboard.press('Enter');
      await until(async () => (await focused(page)) === 'i1 mark');
      await row(page, 'i0').focus();
      await page.keyboard.press('Enter');
      await until(async () => (await focused(page)) === 'i1');
      await page.evaluate('feed.markAllRead()');
      await page.getByText('All caught up').waitFor();
      await expect.poll(() => focused(page)).toBe('items');
    });

    it('do not move the focus, nor do inserted, removed or bumped items', async () => {
      const page = await open();
      await row(page, 'i2').focus();
      for (const interaction of [
        'feed.markRead(["i2"])',
        'feed.push(feedItem(9), feedItem(8))',
        'feed.remove("i3")',
        'feed.push({ ...feedItem(2), at: feedItem(20).at })',
        'feed.markAllRead()',
      ]) {
        await page.evaluate(interaction);
        await page.evaluate('inbox.updateComplete');
        await expect.poll(() => focused(page), { message: interaction }).toBe('i2');
      }
      expect(await items(page).first().getAttribute('data-id')).toBe('i2');
      await page.evaluate('feed.remove("i2")');
      await until(async () => (await focused(page)) === 'i9');
    });
  });
});
