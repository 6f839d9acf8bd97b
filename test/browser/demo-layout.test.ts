/** The layout and accessibility of the demo page at every width, in light and dark. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { violationsIn } from './axe.ts';
import { DemoFixture, type Look } from './demo-fixture.ts';
import { entries, first, issueRow, open, second } from './demo-page.ts';

/** The folder for screenshots, which is not in the repository. */
const pictures = join(import.meta.dirname, '../../.hubbub/screenshots');

let demo: DemoFixture;

beforeAll(async () => {
  demo = await DemoFixture.open();
});

afterEach(async () => {
  await demo.closePages();
  expect(demo.consoleErrors.splice(0)).toEqual([]);
});

afterAll(() => demo.close());

/** Pixels of horizontal overflow. */
const widthLeft = (page: Page): Promise<unknown> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

describe('the look', () => {
  it('has tabs with unread counts on narrow screens', async () => {
    const page = await demo.pageOf('ada', { width: 360, height: 740 });
    const tab = (name: RegExp) => page.getByRole('tab', { name });
    expect(await page.getByRole('tabpanel').count()).toBe(1);
    const unread = await demo.unreadOf('grace');
    await open(page, 'On the phone');
    await tab(new RegExp(`^Grace, ${unread + 1} unread$`)).click();
    await entries(second(page), 'Ada opened On the phone').waitFor();
    expect(await page.locator('#board').isVisible()).toBe(false);
    await page.keyboard.press('ArrowRight');
    expect(await tab(/^Website$/).getAttribute('aria-selected')).toBe('true');
    expect(await page.locator('#board').isVisible()).toBe(true);
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.locator('#tabs').waitFor({ state: 'hidden' });
    for (const id of ['#board', '#first', '#second']) await page.locator(id).waitFor();
  });

  it('is light or dark by system preference or by choice, which is stored', async () => {
    const page = await demo.pageOf('ada', { colorScheme: 'dark' });
    const colour = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await colour();
    await page.getByRole('button', { name: 'Colours: as the system' }).click();
    await page.getByRole('button', { name: 'Colours: light' }).waitFor();
    const light = await colour();
    expect(light).not.toBe(dark);
    expect(await first(page).locator('hubbub-inbox').getAttribute('theme')).toBe('light');
    await page.reload();
    await page.getByRole('button', { name: 'Colours: light' }).click();
    await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
    expect(await colour()).toBe(dark);
  });

  it('has no overflow from 360 to 1600 pixels and is accessible, in light and dark', async () => {
    mkdirSync(pictures, { recursive: true });
    const long = 'Averyveryverylongwordwithoutanyspaceinitwhatsoeverandmore'.repeat(2).slice(0, 80);
    const writer = await demo.pageOf('ada');
    await open(writer, long);
    const looks: Look[] = (['light', 'dark'] as const).flatMap((colorScheme) =>
      [360, 768, 1280, 1600].map((width) => ({ width, height: 900, colorScheme })),
    );
    for (const look of looks) {
      await demo.closePages();
      const page = await demo.pageOf('grace', look);
      const name = `${look.width} px, ${look.colorScheme}`;
      await issueRow(page, long).waitFor();
      const parts = look.width < 992 ? ['#tab-board', '#tab-first', '#tab-second'] : [undefined];
      for (const part of parts) {
        if (part !== undefined) await page.locator(part).click();
        expect(await widthLeft(page), `${name} ${part}`).toBe(0);
        expect(await violationsIn(page), `${name} ${part}`).toEqual([]);
        const file = `demo-${look.colorScheme}-${look.width}${part?.replace('#tab', '') ?? ''}.png`;
        await page.screenshot({ path: join(pictures, file), fullPage: true });
      }
    }
  });

  it('has accessible dialogs', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await demo.pageOf('grace', { colorScheme });
      await page.getByRole('button', { name: /^Delete an issue/ }).click();
      await page.getByRole('dialog', { name: 'Delete an issue' }).waitFor();
      expect(await violationsIn(page), `the question, ${colorScheme}`).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('#bell .hubbub-inbox__bell').click();
      await page.getByRole('dialog', { name: 'Grace’s notifications' }).waitFor();
      expect(await violationsIn(page), `the bell, ${colorScheme}`).toEqual([]);
    }
  });
});
