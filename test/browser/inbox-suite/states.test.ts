/** Empty and error states, texts, times, slots and announcements. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { items, renderers, requestsOf } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);

  const inPage = { attributes: 'layout="page"' };
  const part = (page: Page, name: string) => page.locator(`.hubbub-inbox__${name}`);

  describe('the state', () => {
    it('loading shows placeholders, then items', async () => {
      const page = await fixture.page(inPage);
      await part(page, 'skeleton').first().waitFor();
      expect(await page.getByText('Loading …').count()).toBe(1);
      await page.evaluate('hub.connection.become("connecting")');
      await page.getByText('Connecting …').waitFor({ state: 'attached' });
      await page.evaluate('hub.connection.become("online"); feed.show(range(2))');
      await items(page).first().waitFor();
      expect(await part(page, 'skeleton').count()).toBe(0);
    });

    it('empty is shown in each tab', async () => {
      const page = await fixture.page(inPage);
      await page.evaluate('feed.show([])');
      await page.getByText('Nothing here yet').waitFor();
      await page.getByRole('tab', { name: 'Unread' }).click();
      await page.getByText('All caught up').waitFor();
    });

    it('offline and expired are shown above the items', async () => {
      const page = await fixture.page(inPage);
      await page.evaluate('feed.show(range(2))');
      for (const [state, text] of [
        ['offline', 'Offline. What you miss is loaded when you are back.'],
        ['expired', 'You are signed out.'],
        ['connecting', 'Connecting …'],
      ]) {
        await page.evaluate(`hub.connection.become('${state}')`);
        await page.locator('[role="status"]', { hasText: text }).waitFor();
        expect(await items(page).count()).toBe(2);
      }
      await page.evaluate("hub.connection.become('online')");
      await part(page, 'offline').waitFor({ state: 'detached' });
    });

    it('a refused or missing token is shown instead of loading, with a retry button if that may help', async () => {
      const page = await fixture.page(inPage);
      await part(page, 'skeleton').first().waitFor();
      const notice = page.locator('[role="status"]', {
        hasText: 'Could not sign you in to notifications.',
      });
      const again = page.getByRole('button', { name: 'Try again' });
      for (const [code, mayHelp] of [
        ['unauthenticated', false],
        ['unauthenticated', true],
        ['token_failed', true],
      ]) {
        await page.evaluate(`hub.connection.failWith('${code}', ${mayHelp})`);
        await notice.waitFor();
        expect(await part(page, 'skeleton').count()).toBe(0);
        expect(await page.getByText('Loading …').count()).toBe(0);
        await until(async () => (await again.count()) === Number(mayHelp), 'the button');
      }
      await again.click();
      expect(await page.evaluate('hub.connection.retries')).toBe(1);
      await page.evaluate("hub.connection.become('online'); feed.show(range(2))");
      await items(page).first().waitFor();
      expect(await notice.count()).toBe(0);
    });

    it('failed can be retried, with and without items', async () => {
      const page = await fixture.page(inPage);
      await page.evaluate('feed.fail()');
      await page.getByText('That did not work.').waitFor();
      expect(await page.evaluate('events')).toEqual([{ name: 'hubbub-error', code: 'unavailable' }]);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('Nothing here yet').waitFor();
      await page.evaluate('feed.show(range(2)); feed.fail()');
      await part(page, 'error').waitFor();
      expect(await items(page).count()).toBe(2);
      await page.getByRole('button', { name: 'Try again' }).click();
      await part(page, 'error').waitFor({ state: 'detached' });
      expect((await requestsOf(page)).filter((call) => call === 'refresh')).toHaveLength(2);
    });
  });

  describe('texts', () => {
    it('can all be replaced', async () => {
      const page = await fixture.page();
      const texts = {
        title: 'Posteingang',
        all: 'Alle',
        unread: 'Ungelesen',
        close: 'Schließen',
        markAllRead: 'Alles gelesen',
        markRead: 'Gelesen',
        markUnread: 'Doch ungelesen',
        isUnread: 'Ungelesen! ',
        offline: 'Keine Verbindung',
        loading: 'Lädt …',
        loadMore: 'Ältere',
      };
      await page.evaluate(`inbox.labels = { ...${JSON.stringify(texts)},
      open: (unread) => 'Posteingang, neu: ' + unread, count: (count) => count + ' Mal' };
      inbox.locale = 'de';
      feed.show([feedItem(3, { count: 4 }), feedItem(2, { unread: false })], range(1, { unread: false }));
      feed.holds = true; hub.connection.become('offline')`);
      await page.getByRole('button', { name: 'Posteingang, neu: 1' }).click();
      await items(page).first().waitFor();
      const dialog = page.getByRole('dialog', { name: 'Posteingang' });
      expect(await dialog.textContent()).not.toMatch(
        /\b(Notifications?|All|Unread|Mark|actions?|ago|Offline|Loading)\b/,
      );
      expect(await dialog.textContent()).toContain('4 Mal');
      const label = await items(page).first().getAttribute('aria-label');
      expect(label).toMatch(/^Ungelesen! Ada Lovelace closed Issue 3\. vor \d+ /);
      for (const name of [/^Schließen$/, /^Alles gelesen$/, /^Gelesen: Ada/, /^Doch ungelesen: Ada/]) {
        expect(await dialog.getByRole('button', { name }).count(), String(name)).toBe(1);
      }
    });

    it('that are undefined have their defaults', async () => {
      const page = await fixture.page(inPage);
      await page.evaluate(
        'feed.show([]); inbox.labels = { title: undefined, open: undefined, all: "Everything" }',
      );
      await page.getByRole('tab', { name: 'Everything' }).waitFor();
      expect(await part(page, 'title').textContent()).toBe('Notifications');
      await page.evaluate('inbox.labels = undefined; inbox.layout = "bell"');
      await page.getByRole('button', { name: 'Notifications' }).waitFor();
    });

    it('use the nearest language, or the inbox’s, for times', async () => {
      const page = await fixture.page({ html: 'lang="fr"', ...inPage });
      const time = page.locator('.hubbub-inbox__time').first();
      await page.evaluate('feed.show([feedItem(1)])');
      expect(await time.textContent()).toMatch(/^il y a /);
      expect(await time.getAttribute('datetime')).toBe('2026-01-01T00:00:01.000Z');
      expect(await time.getAttribute('title')).toMatch(/janvier 2026/);
      await page.evaluate("inbox.locale = 'de'");
      await until(async () => /^vor /.test((await time.textContent()) ?? ''));
    });

    it('age', async () => {
      const page = await fixture.page(inPage);
      // The clock is paused, so that the duration of the test does not matter.
      await page.clock.install({ time: Date.UTC(2025, 11, 31) });
      await page.clock.pauseAt(Date.UTC(2026, 0, 1));
      await page.evaluate('feed.show([feedItem(0)])');
      const time = page.locator('.hubbub-inbox__time');
      for (const [seconds, words] of [
        [0, 'now'],
        [59, 'now'],
        [1, '1 minute ago'],
        [61, '2 minutes ago'],
        [3_600, '1 hour ago'],
        [86_400, 'yesterday'],
      ] as const) {
        await page.clock.runFor(seconds * 1_000);
        await until(async () => (await time.textContent()) === words, `${words} after ${seconds} s`);
      }
    });
  });

  it('times keep the direction of their language in a page with the other direction', async () => {
    const page = await fixture.page({ html: 'lang="en" dir="rtl"', ...inPage });
    await page.evaluate('feed.show([feedItem(1)])');
    await items(page).first().waitFor();
    // The positions of the number and the last word of "10 months ago".
    const [number, ago] = (await page.evaluate(`(() => {
    const text = [...$('time').childNodes].find(({ data }) => /ago$/.test(data));
    return [[0, 1], [text.length - 1, text.length]].map(([start, end]) => {
      const range = document.createRange();
      range.setStart(text, start);
      range.setEnd(text, end);
      return range.getBoundingClientRect().left;
    });
  })()`)) as [number, number];
    expect(number).toBeLessThan(ago);
  });

  describe('a new item', () => {
    it('is announced politely, at most every three seconds and in one sentence', async () => {
      const page = await fixture.page();
      const live = page.locator('[aria-live="polite"]');
      await page.evaluate('feed.show(range(3))');
      await page.clock.install({ time: Date.UTC(2025, 11, 31) });
      await page.clock.pauseAt(Date.UTC(2026, 0, 1));
      expect(await live.textContent()).toBe('');
      await page.evaluate('feed.push(feedItem(10))');
      await page.clock.runFor(50);
      await until(async () => (await live.textContent()) === 'Ada Lovelace closed Issue 10');
      await page.evaluate(
        'feed.push(feedItem(11)); feed.push(feedItem(12)); feed.push(feedItem(13, { unread: false }))',
      );
      await page.clock.runFor(50);
      await page.evaluate('inbox.updateComplete');
      expect(await live.textContent()).toBe('Ada Lovelace closed Issue 10');
      await page.clock.runFor(3_000);
      await until(async () => (await live.textContent()) === '2 new. Ada Lovelace closed Issue 12');
      await page.clock.runFor(3_000);
      await until(async () => (await live.textContent()) === '');
    });

    it('is announced even if the same text was just announced', async () => {
      const page = await fixture.page();
      await page.evaluate(`(() => {
      feed.show(range(3));
      window.said = [];
      const live = $('[aria-live]');
      new MutationObserver(() => said.push(live.textContent))
        .observe(live, { subtree: true, childList: true, characterData: true });
    })()`);
      await page.clock.install({ time: Date.UTC(2025, 11, 31) });
      await page.clock.pauseAt(Date.UTC(2026, 0, 1));
      await page.evaluate(
        "feed.push(feedItem(10, { text: 'Ben commented' })); feed.push(feedItem(11, { text: 'Ben commented' }))",
      );
      const announcements = ['Ben commented', '', 'Ben commented', ''];
      for (const count of [1, 2, 3, 4]) {
        await expect.poll(() => page.evaluate('said')).toEqual(announcements.slice(0, count));
        await page.clock.runFor(count % 2 === 0 ? 100 : 2_900);
      }
    });

    it('is highlighted without animation for reduced motion', async () => {
      for (const reducedMotion of [false, true]) {
        const page = await fixture.page({ ...inPage, reducedMotion });
        await page.evaluate('feed.show(range(3))');
        await items(page).first().waitFor();
        // Checked in the same task, because the highlight ends later.
        const animation = await page.evaluate(`(async () => {
        feed.push(feedItem(10));
        await inbox.updateComplete;
        return getComputedStyle($('.hubbub-inbox__item--new')).animationName;
      })()`);
        expect(animation).toBe(reducedMotion ? 'none' : 'hubbub-inbox-new');
      }
    });
  });
});
