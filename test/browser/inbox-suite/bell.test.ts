/** The bell: its badge, its panel and its focus. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { bell, focused, isHidden, items, panel, rendered, renderers, requestsOf } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);

  describe('the badge', () => {
    it('shows the unread count, and 999+', async () => {
      const page = await fixture.page();
      const badge = page.locator('.hubbub-inbox__badge');
      await page.evaluate('feed.show([feedItem(1, { unread: false })])');
      await until(async () => (await bell(page).getAttribute('aria-label')) === 'Notifications');
      expect(await badge.count()).toBe(0);
      await page.evaluate('feed.show(range(3))');
      await until(async () => (await badge.textContent()) === '3');
      expect(await bell(page).getAttribute('aria-label')).toBe('Notifications, 3 unread');
      await page.evaluate('feed.show(range(20), range(2000))');
      await until(async () => (await badge.textContent()) === '999+');
    });
  });

  describe('the panel', () => {
    it('opens and closes by the bell, takes the focus and returns it', async () => {
      const page = await fixture.page();
      await page.evaluate('feed.show(range(3))');
      await bell(page).focus();
      await page.keyboard.press('Enter');
      await items(page).first().waitFor();
      expect(await page.evaluate('inbox.open')).toBe(true);
      expect(await bell(page).getAttribute('aria-expanded')).toBe('true');
      await expect.poll(() => focused(page)).toBe('panel');
      await page.keyboard.press('Escape');
      await isHidden(panel(page));
      expect(await page.evaluate('inbox.open')).toBe(false);
      await expect.poll(() => focused(page)).toBe('bell');
      await bell(page).click();
      await panel(page).waitFor();
      await bell(page).click();
      await isHidden(panel(page));
      await expect.poll(() => focused(page)).toBe('bell');
      await bell(page).click();
      await page.getByRole('button', { name: 'Close', exact: true }).click();
      await isHidden(panel(page));
      await expect.poll(() => focused(page)).toBe('bell');
    });

    it('closes on a click elsewhere, and leaves the focus where the click went', async () => {
      const page = await fixture.page({ before: '<button id="other">Other</button>' });
      await page.evaluate('feed.show(range(3))');
      await bell(page).click();
      await items(page).first().waitFor();
      await page.locator('#other').click();
      await isHidden(panel(page));
      expect(await page.evaluate('[inbox.open, document.activeElement.id]')).toEqual([false, 'other']);
      await bell(page).click();
      await items(page).first().waitFor();
      await page.mouse.click(900, 700);
      await isHidden(panel(page));
      // The click first moves the focus to the body.
      await until(async () => (await focused(page)) === 'bell');
    });

    it('closes when the focus leaves it', async () => {
      const page = await fixture.page({ after: '<button id="other">Other</button>' });
      await page.evaluate('feed.show(range(3))');
      await bell(page).click();
      await items(page).first().focus();
      expect(await page.evaluate('inbox.open')).toBe(true);
      await page.locator('#other').focus();
      await isHidden(panel(page));
      expect(await page.evaluate('[inbox.open, document.activeElement.id]')).toEqual([false, 'other']);
    });

    it('opens by its property and attribute; an initially open panel does not take the focus', async () => {
      const page = await fixture.page({ attributes: 'open' });
      await panel(page).waitFor();
      expect(await page.evaluate('document.activeElement === document.body')).toBe(true);
      await page.evaluate('inbox.open = false');
      await isHidden(panel(page));
      await page.evaluate('inbox.open = true');
      await panel(page).waitFor();
      await until(async () => (await focused(page)) === 'panel');
    });

    it('stays in the window for every position of the bell', async () => {
      const corners = ['top left', 'top right', 'bottom left', 'bottom right', 'middle'];
      for (const [width, height] of [
        [1000, 700],
        [360, 640],
      ] as const) {
        for (const corner of corners) {
          const page = await fixture.page({ width, height, attributes: `class="corner ${corner}"` });
          await page.evaluate('feed.show(range(40, { unread: false }))');
          await bell(page).click();
          await items(page).first().waitFor();
          expect(await page.evaluate('getComputedStyle(box).position')).toBe('fixed');
          const box = await panel(page).boundingBox();
          const at = `${corner} of ${width}: ${JSON.stringify(box)}`;
          if (!box) throw new Error('no panel');
          expect(box.x, at).toBeGreaterThanOrEqual(0);
          expect(box.y, at).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width, at).toBeLessThanOrEqual(width);
          expect(box.y + box.height, at).toBeLessThanOrEqual(height);
          expect(box.height, at).toBeGreaterThan(200);
          if (width === 360) expect(box.width, at).toBe(360);
          await fixture.closePages();
        }
      }
    });

    it('moves with the bell', async () => {
      const page = await fixture.page({ reducedMotion: true });
      await page.evaluate('feed.show(range(3))');
      await bell(page).click();
      await items(page).first().waitFor();
      const before = (await panel(page).boundingBox())?.y ?? 0;
      await page.evaluate(
        "document.querySelector('h1').textContent = 'Long '.repeat(30); feed.push(feedItem(9))",
      );
      await until(async () => ((await panel(page).boundingBox())?.y ?? 0) > before);
      const [at, box] = [await bell(page).boundingBox(), await panel(page).boundingBox()];
      expect((box?.y ?? 0) - (at?.y ?? 0) - (at?.height ?? 0)).toBe(8);
    });

    it('is at the other edge of the bell in right-to-left pages', async () => {
      const page = await fixture.page({ html: 'lang="ar" dir="rtl"' });
      await page.evaluate('feed.show(range(3))');
      await bell(page).click();
      await items(page).first().waitFor();
      const [at, box] = [await bell(page).boundingBox(), await panel(page).boundingBox()];
      expect(Math.round((box?.x ?? 0) + (box?.width ?? 0))).toBe(Math.round((at?.x ?? 0) + (at?.width ?? 0)));
      const [avatar, mark] = [
        page.locator('.hubbub-inbox__avatar').first(),
        page.locator('.hubbub-inbox__mark').first(),
      ];
      expect((await avatar.boundingBox())?.x).toBeGreaterThan((await mark.boundingBox())?.x ?? Infinity);
    });
  });

  describe('a seen mark', () => {
    it('is set on opening, and for new items while the panel is open', async () => {
      const page = await fixture.page();
      await page.evaluate('feed.show(range(3))');
      await page.evaluate('inbox.updateComplete');
      await expect.poll(() => requestsOf(page)).toEqual([]);
      await bell(page).click();
      await until(async () => String(await requestsOf(page)) === 'markSeen');
      await page.evaluate('feed.push(feedItem(10))');
      await until(async () => String(await requestsOf(page)) === 'markSeen,markSeen');
      await page.keyboard.press('Escape');
      await isHidden(panel(page));
      await page.evaluate('feed.push(feedItem(11))');
      await page.evaluate('inbox.updateComplete');
      await expect.poll(() => requestsOf(page)).toHaveLength(2);
    });

    it('is also set for an item that arrives below the newest one', async () => {
      const page = await fixture.page();
      await page.evaluate('feed.show([feedItem(10)])');
      await bell(page).click();
      await until(async () => String(await requestsOf(page)) === 'markSeen');
      await page.evaluate('feed.push(feedItem(5))');
      await until(async () => String(await requestsOf(page)) === 'markSeen,markSeen');
      expect(await page.evaluate('feed.snapshot.counts.unseen')).toBe(0);
    });

    it('that leaves something unseen is not repeated', async () => {
      const page = await fixture.page();
      // The hub counts an item that has not arrived.
      await page.evaluate(
        'feed.show(range(3)); feed.markSeen = async () => { feed.requests.push("markSeen"); feed.notify(); }',
      );
      await bell(page).click();
      await until(async () => (await requestsOf(page)).length > 0);
      for (let frames = 0; frames < 5; frames += 1) await rendered(page);
      expect(await requestsOf(page)).toEqual(['markSeen']);
    });

    it('that is refused is not retried repeatedly', async () => {
      const page = await fixture.page();
      await page.evaluate('feed.show(range(3)); feed.refuses = true');
      await bell(page).click();
      await until(async () => String(await requestsOf(page)) === 'markSeen');
      await rendered(page);
      await rendered(page);
      expect(await requestsOf(page)).toEqual(['markSeen']);
      // The user did not request it, so its failure is not shown. Only the element reports it.
      expect(await page.locator('.hubbub-inbox__error').count()).toBe(0);
      const reported = renderer === 'element' ? [{ name: 'hubbub-error', code: 'forbidden' }] : [];
      expect(await page.evaluate('events')).toEqual(reported);
    });

    it('is set for items in view in the page layout', async () => {
      const page = await fixture.page({
        attributes: 'layout="page"',
        before: '<div class="tall"></div>',
      });
      await page.evaluate('feed.show(range(3))');
      await page.evaluate('inbox.updateComplete');
      await expect.poll(() => requestsOf(page)).toEqual([]);
      await page.locator('.hubbub-inbox').scrollIntoViewIfNeeded();
      await until(async () => String(await requestsOf(page)) === 'markSeen');
    });

    it('is not set by a hidden list in the page layout', async () => {
      const page = await fixture.page({ attributes: 'layout="page" hidden' });
      await page.evaluate('feed.show(range(3))');
      await rendered(page);
      expect(await requestsOf(page)).toEqual([]);
      await page.evaluate('inbox.hidden = false');
      await until(async () => String(await requestsOf(page)) === 'markSeen');
    });

    it('waits for the connection', async () => {
      const page = await fixture.page();
      await page.evaluate('hub.connection.become("offline"); feed.show(range(3))');
      await bell(page).click();
      await items(page).first().waitFor();
      await expect.poll(() => requestsOf(page)).toEqual([]);
      await page.evaluate('hub.connection.become("online")');
      await until(async () => String(await requestsOf(page)) === 'markSeen');
    });
  });
});
