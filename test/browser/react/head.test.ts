/** The header of an <Inbox>: it fits, and its texts keep their direction. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { items, openInbox } from './inbox-fixture.ts';
import { Pages } from './pages.ts';

/** The folder for screenshots, which is not in the repository. */
const pictures = join(import.meta.dirname, '../../../.hubbub/screenshots');

const pages = Pages.ofTests();
beforeAll(() => {
  mkdirSync(pictures, { recursive: true });
});

/** Overlapping or overflowing parts, including their texts, which may be wider than their elements. */
const misplaced = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const names = ['title', 'mark-all', 'close', 'tab'];
    const parts = document.querySelectorAll(names.map((name) => '.hubbub-inbox__' + name).join());
    const places = [...parts].map((part) => {
      const words = document.createRange();
      words.selectNodeContents(part);
      const boxes = [part.getBoundingClientRect(), words.getBoundingClientRect()];
      return { name: part.textContent || part.className, boxes };
    });
    const meet = (a, b) =>
      Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 &&
      Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
    return places.flatMap(({ name, boxes }, index) => [
      ...(boxes.some(({ left, right }) => left < 0 || right > innerWidth) ? [name + ' stands out'] : []),
      ...places
        .slice(index + 1)
        .filter((other) => other.boxes.some((box) => boxes.some((own) => meet(own, box))))
        .map((other) => name + ' lies on ' + other.name),
    ]);
  })()`);

const labels = {
  English: {},
  German: {
    title: 'Benachrichtigungen',
    markAllRead: 'Alle als gelesen markieren',
    all: 'Alle Benachrichtigungen',
    unread: 'Ungelesene Benachrichtigungen',
  },
};
const large = 'html { font-size: 200% }';

it.each([
  [320, 640, ''],
  [375, 640, ''],
  [375, 640, large],
  [400, 420, large],
  [1280, 800, ''],
])('the head has room for all of it in %i × %i pixels, %s', async (width, height, css) => {
  for (const dir of ['ltr', 'rtl'] as const) {
    for (const layout of ['bell', 'page'] as const) {
      for (const [language, texts] of Object.entries(labels)) {
        const inbox = { layout, defaultOpen: true, labels: texts };
        const { page } = await openInbox(pages, { width, height, css, dir, inbox, show: ['inbox'] });
        await items(page).first().waitFor();
        const name = [layout, width, height, dir, language].join('-');
        await page.screenshot({ path: join(pictures, `react-head-${name}.png`) });
        expect(await misplaced(page), name).toEqual([]);
        // The header does not take the whole height.
        const list = page.locator('.hubbub-inbox__items');
        expect(await list.evaluate((element) => element.clientHeight), name).toBeGreaterThan(60);
        expect(await pages.clear()).toEqual([]);
      }
    }
  }
});

it('a time keeps its direction in a page with the other direction', async () => {
  const at = new Date(Date.now() - 300 * 86_400_000).toISOString();
  const { page } = await openInbox(pages, { dir: 'rtl', items: 1, changes: () => ({ at }) });
  const time = page.locator('.hubbub-inbox__time', { hasText: '9 months ago' });
  const [first, last] = await time.evaluate((element) => {
    const text = element.firstChild;
    const { length } = element.textContent ?? '';
    return [0, length - 1].map((at) => {
      const letter = document.createRange();
      if (text) {
        letter.setStart(text, at);
        letter.setEnd(text, at + 1);
      }
      return letter.getBoundingClientRect().left;
    });
  });
  expect(first).toBeLessThan(last ?? 0);
});
