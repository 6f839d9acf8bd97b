/** Labels follow the language of the page or of the inbox. Takes screenshots. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { renderers } from './fixture.ts';
import { overlaps } from './overlaps.ts';
import { useFixture } from './use-fixture.ts';

const pictures = join(import.meta.dirname, '../../../.hubbub/screenshots');

const languages = [
  ['de', 'Benachrichtigungen', 'Alle gelesen', 'Ada hat Fix login geschlossen', 'ltr'],
  ['ar', 'الإشعارات', 'تحديد الكل كمقروء', 'Ada: إغلاق Fix login', 'rtl'],
  ['ja', '通知', 'すべて既読にする', 'AdaがFix loginを閉じました', 'ltr'],
] as const;

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);
  beforeAll(() => {
    mkdirSync(pictures, { recursive: true });
  });

  const feedOf = (text: string) => `feed.show([1, 2, 3].map((n) => feedItem(n, {
    actor: { type: 'user', id: 'ada', name: 'Ada' },
    targets: [{ type: 'issue', id: '7', name: 'Fix login', url: '/7' }],
    text: ${JSON.stringify(text)},
    count: n * 3,
    unread: n > 1,
    at: new Date(Date.now() - n * 3_600_000).toISOString(),
  })))`;

  it.each(languages)('the page’s language decides: %s', async (lang, title, markAllRead, text, direction) => {
    // Without `dir`: the inbox itself goes from right to left.
    const page = await fixture.page({ html: `lang="${lang}"`, attributes: 'open', reducedMotion: true });
    await page.evaluate(feedOf(text));
    await page.getByRole('heading', { name: title }).waitFor();
    await page.getByRole('button', { name: markAllRead }).waitFor();
    const found = await page.evaluate(
      "getComputedStyle($('.hubbub-inbox__sentence').parentElement).direction",
    );
    expect(found).toBe(direction);
    // The names are found in the sentence of the language.
    const names = page.locator('.hubbub-inbox__item').first().locator('.hubbub-inbox__name');
    expect(await names.allTextContents()).toEqual(['Ada', 'Fix login']);
    const time = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(-1, 'hour');
    await page.locator('time', { hasText: time }).first().waitFor();
    const width = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(width)).toBe(0);
    await page.screenshot({ path: join(pictures, `${renderer}-language-${lang}.png`) });
  });

  it('the header of every language fits into 320 pixels', async () => {
    const page = await fixture.page({ attributes: 'open', width: 320, height: 640, reducedMotion: true });
    await page.evaluate('feed.show(range(3), range(2000))');
    const titles = new Set<string | null>();
    for (const lang of ['en', 'ar', 'de', 'es', 'fr', 'it', 'ja', 'ko', 'nl', 'pl', 'pt', 'zh']) {
      await page.evaluate(`inbox.locale = '${lang}'`);
      const markAll = page.locator('.hubbub-inbox__mark-all');
      await until(async () => !titles.has(await markAll.textContent()), `labels of ${lang}`);
      titles.add(await markAll.textContent());
      expect(await page.evaluate(overlaps), lang).toEqual([]);
    }
  });

  it('a language without labels has English ones', async () => {
    const page = await fixture.page({ html: 'lang="sv"', attributes: 'open' });
    await page.evaluate('feed.show([])');
    await page.getByRole('heading', { name: 'Notifications' }).waitFor();
    await until(async () => (await page.getByText('Nothing here yet').count()) === 1);
  });
});
