/** <Inbox> behind its bell, in strict mode, over a hub in the test’s hand. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { Pages, update } from './pages.ts';
import {
  bell,
  callsOf,
  countIs,
  focused,
  item,
  itemOf,
  openInbox,
  panel,
  refusal,
  type Scene,
  type SceneOpening,
} from './scene.ts';

const pages = Pages.ofTests();
const opened = (opening?: SceneOpening): Promise<Scene> => openInbox(pages, opening);

describe('the bell', () => {
  const inbox = {};

  it('shows what is unread, and opens a panel that takes the focus and gives it back', async () => {
    const { page } = await opened({ inbox });
    await page.locator('.hubbub-inbox__badge', { hasText: /^3$/ }).waitFor();
    await expect.poll(() => focused(page)).toBe('BODY');
    await page.keyboard.press('Tab');
    await expect.poll(() => focused(page)).toBe('Notifications, 3 unread');
    await page.keyboard.press('Enter');
    await panel(page).waitFor();
    await expect.poll(() => focused(page)).toBe('hubbub-inbox__panel');
    expect(await bell(page).getAttribute('aria-expanded')).toBe('true');
    await countIs(page, 3);
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('Notifications, 3 unread');
  });

  it('closes by its button, by a press elsewhere, and when the focus goes on', async () => {
    const { page } = await opened({ inbox });
    const isClosed = () => panel(page).waitFor({ state: 'detached' });
    await bell(page).click();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await isClosed();
    await expect.poll(() => focused(page)).toMatch(/^Notifications/);
    await bell(page).click();
    await page.mouse.click(5, 790);
    await isClosed();
    await bell(page).click();
    await page.getByRole('button', { name: 'After it' }).focus();
    await isClosed();
    await bell(page).click();
    await panel(page).waitFor();
    await bell(page).click();
    await isClosed();
  });

  it('says that all is seen when it is opened, once', async () => {
    const { gateway, page } = await opened({ inbox });
    await page.locator('.hubbub-inbox__badge').waitFor();
    expect(callsOf(gateway, 'feed:seen')).toEqual([]);
    gateway.errors.set('feed:seen', refusal('forbidden', false));
    await bell(page).click();
    await until(() => callsOf(gateway, 'feed:seen').length === 1, 'the mark');
    // Refused: not asked again and again, but for what is new.
    gateway.add(item(4));
    await itemOf(page, 'Issue 4').waitFor();
    // By one call, or where what was missed is being asked for by two: up to what was shown, and of the new one by its id.
    await until(() => callsOf(gateway, 'feed:seen').length >= 2, 'the next mark');
    await until(() => gateway.feed.counts().unseen === 0, 'all seen');
    expect(callsOf(gateway, 'feed:seen').length).toBeLessThanOrEqual(3);
    expect(gateway.feed.counts().unread).toBe(4);
  });

  it('can be opened and closed by the page', async () => {
    const { page } = await opened({ inbox: { open: true } });
    await panel(page).waitFor();
    await expect.poll(() => focused(page)).toBe('BODY');
    await page.keyboard.press('Escape');
    await bell(page).click();
    await panel(page).waitFor();
    await update(page, { inbox: { open: false } });
    await panel(page).waitFor({ state: 'detached' });
  });
});
