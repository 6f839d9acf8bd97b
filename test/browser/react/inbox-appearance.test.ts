/** The appearance of <Inbox>: axe-core, light and dark, and layout. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Action } from '../../../protocol/entities.ts';
import { until } from '../../support/until.ts';
import {
  bell,
  countIs,
  type InboxFixture,
  type InboxFixtureOptions,
  itemOf,
  openInbox,
  panel,
  refusal,
} from './inbox-fixture.ts';
import { Pages } from './pages.ts';

const pages = Pages.ofTests();
/** The folder for screenshots, which is not in the repository. */
const pictures = join(import.meta.dirname, '../../../.hubbub/screenshots');
let axe: string;
beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  axe = await readFile(new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
});
const opened = (opening?: InboxFixtureOptions): Promise<InboxFixture> => openInbox(pages, opening);

describe('the appearance', () => {
  interface Violation {
    id: string;
    nodes: Array<{ html: string }>;
  }

  it.each(['light', 'dark'] as const)('is accessible, %s', async (colorScheme) => {
    for (const inbox of [{}, { layout: 'page' as const }]) {
      const action = (n: number): Partial<Action> => ({
        count: n % 7 === 0 ? n : 1,
        targets: [{ type: 'issue', id: String(n), name: `Issue ${n}`, url: `/issues/${n}` }],
      });
      const { gateway, page } = await opened({ inbox, colorScheme, items: 30, action });
      gateway.feed.mark({ ids: ['i28', 'i27', 'i25'] }, { unread: false });
      if (!('layout' in inbox)) await bell(page).click();
      await itemOf(page, 'Issue 30').waitFor();
      gateway.errors.set('feed:read', refusal('unavailable', true));
      await page.getByRole('button', { name: 'Mark read: Ada Lovelace closed Issue 29' }).click();
      await page.getByRole('alert').waitFor();
      await page.evaluate(axe);
      const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run()');
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      const name = 'layout' in inbox ? 'page' : 'bell';
      await page.screenshot({ path: join(pictures, `react-${name}-${colorScheme}.png`) });
    }
  });

  it.each(['left', 'right'] as const)('opens within the window from its %s', async (side) => {
    const { page } = await opened({ inbox: { className: side }, width: 600 });
    await bell(page).click();
    await countIs(page, 3);
    const box = await panel(page).boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(8);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(592);
    await page.setViewportSize({ width: 500, height: 300 });
    await until(async () => {
      const { x = 0, y = 0, width = 0, height = 0 } = (await panel(page).boundingBox()) ?? {};
      return x >= 8 && x + width <= 492 && y >= 0 && y + height <= 300;
    }, 'its place in a smaller window');
  });

  it('fits on a narrow page', async () => {
    const { page } = await opened({ inbox: {}, width: 360, items: 30 });
    await bell(page).click();
    await itemOf(page, 'Issue 30').waitFor();
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    await page.screenshot({ path: join(pictures, 'react-bell-narrow.png') });
  });
});
