/** An <Inbox> in a page with a fake gateway, and locators for tests. */
import type { Locator, Page } from 'playwright-core';
import type { Action, FeedItem } from '../../../protocol/entities.ts';
import type { ErrorBody, ErrorCode } from '../../../protocol/errors.ts';
import { until } from '../../support/until.ts';
import { item as anItem } from '../../unit/client-sdk-client/factory.ts';
import type { FakeGateway } from '../../unit/client-sdk-client/fake-gateway.ts';
import type { Opening, Pages } from './pages.ts';

export const ada = { type: 'user', id: 'ada', name: 'Ada Lovelace' };

/** Item number `n`, with a link to `#n`. */
export function item(n: number, changes: Partial<FeedItem> = {}, action: Partial<Action> = {}): FeedItem {
  const base = anItem(`i${n}`, Date.UTC(2026, 0, 1) / 1_000 + n, changes);
  const targets = [{ type: 'issue', id: String(n), name: `Issue ${n}`, url: `#${n}` }];
  const text = `Ada Lovelace closed ${action.targets?.[0]?.name ?? `Issue ${n}`}`;
  return { ...base, action: { ...base.action, actor: ada, targets, text, ...action } };
}

export const isRead = { unread: false, seen: true };

export interface InboxFixture {
  gateway: FakeGateway;
  page: Page;
}

export interface InboxFixtureOptions extends Opening {
  /** The number of items; item 1 is the oldest. Default 3. */
  items?: number;
  /** Changes of each item. */
  changes?: (n: number) => Partial<FeedItem>;
  action?: (n: number) => Partial<Action>;
}

/** Opens an inbox, by default in the page layout. */
export async function openInbox(
  pages: Pages,
  { items = 3, changes = () => ({}), action = () => ({}), ...opening }: InboxFixtureOptions = {},
): Promise<InboxFixture> {
  const gateway = await pages.gateway();
  for (let n = 1; n <= items; n += 1) gateway.feed.put(item(n, changes(n), action(n)));
  const page = await pages.page(gateway, { show: ['inbox', 'more'], inbox: { layout: 'page' }, ...opening });
  return { gateway, page };
}

export const bell = (page: Page): Locator => page.locator('.hubbub-inbox__bell');
export const items = (page: Page): Locator => page.locator('.hubbub-inbox__item');
export const itemOf = (page: Page, text: string): Locator =>
  page.locator('.hubbub-inbox__item', { hasText: text });
export const markButton = (page: Page, text: string): Locator =>
  itemOf(page, text).getByRole('button', { name: /^Mark / });
export const unread = (page: Page): Locator => page.locator('.hubbub-inbox__item--unread');
export const panel = (page: Page): Locator => page.getByRole('dialog', { name: 'Notifications' });
export const focused = (page: Page): Promise<string> =>
  page.evaluate(
    `((e) => e.getAttribute('aria-label') ?? (e.className || e.tagName))(document.activeElement)`,
  );
export const countIs = (page: Page, count: number, of: Locator = items(page)): Promise<true> =>
  until(async () => {
    const actual = await of.count();
    if (actual !== count) throw new Error(`found ${actual}`);
    return true;
  }, `${count} items`);

/** The payloads of the calls of an event, in order. */
export const callsOf = (gateway: FakeGateway, event: string): unknown[] =>
  gateway.calls.filter((call) => call.event === event).map(({ payload }) => payload);

export const refusal = (code: ErrorCode, retryable: boolean): ErrorBody => ({
  code,
  message: `it is ${code}`,
  retryable,
});

/** The error codes that `onError` got. */
export const failures = (page: Page): Promise<string[]> => page.evaluate('probe.failed');
