/** <Inbox> with its bell, in strict mode, with a fake gateway. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import {
  bell,
  callsOf,
  countIs,
  focused,
  type InboxFixture,
  type InboxFixtureOptions,
  item,
  itemOf,
  openInbox,
  panel,
  refusal,
} from './inbox-fixture.ts';
import { Pages, update } from './pages.ts';

const pages = Pages.ofTests();
const opened = (opening?: InboxFixtureOptions): Promise<InboxFixture> => openInbox(pages, opening);

describe('the bell', () => {
  const inbox = {};

  it('shows the unread count, and opens a panel that takes the focus and returns it', async () => {
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

  it('closes by its button, by a click elsewhere, and when the focus leaves it', async () => {
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

  it('marks all as seen once when it is opened', async () => {
    const { gateway, page } = await opened({ inbox });
    await page.locator('.hubbub-inbox__badge').waitFor();
    expect(callsOf(gateway, 'feed:seen')).toEqual([]);
    gateway.errors.set('feed:seen', refusal('forbidden', false));
    await bell(page).click();
    await until(() => callsOf(gateway, 'feed:seen').length === 1, 'the mark');
    // A refused mark is not retried, but new items are marked.
    gateway.add(item(4));
    await itemOf(page, 'Issue 4').waitFor();
    // One call, or two while missed changes are loaded: up to the shown position, and the new one by its id.
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
