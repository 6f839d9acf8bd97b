/** Locators and actions for the demo page. */
import type { Locator, Page } from 'playwright-core';

export const first = (page: Page): Locator => page.locator('#first');
export const second = (page: Page): Locator => page.locator('#second');
/** Entries with this text in one side's inbox. */
export const entries = (side: Locator, text: string | RegExp): Locator =>
  side.locator('.hubbub-inbox__item', { hasText: text });
export const timelineEntries = (page: Page, text: string): Locator =>
  page.locator('.moment', { hasText: text });
export const issueRow = (page: Page, title: string): Locator => page.locator('.issue', { hasText: title });
export const isUnread = (entry: Locator): Promise<boolean> =>
  entry.evaluate((element: { className: string }) =>
    element.className.includes('hubbub-inbox__item--unread'),
  );

/** Selects the acting user. */
export const act = (page: Page, name: string): Promise<void> =>
  page.getByRole('radio', { name }).check({ force: true });

/** Opens an issue in the form, as the acting user. */
export async function open(page: Page, title: string): Promise<void> {
  await page.getByLabel('Title of a new issue').fill(title);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await issueRow(page, title).waitFor();
}
