/** An <Inbox> in a page, over a hub in the test's hand, and what tests look at in it. */
import type { Locator, Page } from 'playwright-core';
import type { Action, FeedItem } from '../../../protocol/entities.ts';
import type { ErrorBody, ErrorCode } from '../../../protocol/errors.ts';
import { until } from '../../support/until.ts';
import { item as anItem } from '../../unit/client-sdk/factory.ts';
import type { FakeGateway } from '../../unit/client-sdk/fake-gateway.ts';
import type { Opening, Pages } from './pages.ts';

export const ada = { type: 'user', id: 'ada', name: 'Ada Lovelace' };

/** Number `n`, which leads to `#n`. */
export function item(n: number, changes: Partial<FeedItem> = {}, action: Partial<Action> = {}): FeedItem {
  const base = anItem(`i${n}`, Date.UTC(2026, 0, 1) / 1_000 + n, changes);
  const targets = [{ type: 'issue', id: String(n), name: `Issue ${n}`, url: `#${n}` }];
  const text = `Ada Lovelace closed ${action.targets?.[0]?.name ?? `Issue ${n}`}`;
  return { ...base, action: { ...base.action, actor: ada, targets, text, ...action } };
}

export const isRead = { unread: false, seen: true };

export interface Scene {
  gateway: FakeGateway;
  page: Page;
}

export interface SceneOpening extends Opening {
  /** Numbered from 1, the oldest. Default 3. */
  items?: number;
  /** What is different about each. */
  changes?: (n: number) => Partial<FeedItem>;
  action?: (n: number) => Partial<Action>;
}

/** In the page, unless the test says otherwise. */
export async function openInbox(
  pages: Pages,
  { items = 3, changes = () => ({}), action = () => ({}), ...opening }: SceneOpening = {},
): Promise<Scene> {
  const gateway = await pages.gateway();
  for (let n = 1; n <= items; n += 1) gateway.feed.put(item(n, changes(n), action(n)));
  const page = await pages.page(gateway, { show: ['inbox', 'more'], inbox: { layout: 'page' }, ...opening });
  return { gateway, page };
}

export const bell = (page: Page): Locator => page.locator('.hubbub-inbox__bell');
export const items = (page: Page): Locator => page.locator('.hubbub-inbox__item');
export const itemOf = (page: Page, text: string): Locator =>
  page.locator('.hubbub-inbox__item', { hasText: text });
export const unread = (page: Page): Locator => page.locator('.hubbub-inbox__item--unread');
export const panel = (page: Page): Locator => page.getByRole('dialog', { name: 'Notifications' });
export const focused = (page: Page): Promise<string> =>
  page.evaluate(
    `((e) => e.getAttribute('aria-label') ?? (e.className || e.tagName))(document.activeElement)`,
  );
export const countIs = (page: Page, count: number, of: Locator = items(page)): Promise<true> =>
  until(async () => {
    const there = await of.count();
    if (there !== count) throw new Error(`there are ${there}`);
    return true;
  }, `${count} items`);

/** What the hub was asked for, in order. */
export const callsOf = (gateway: FakeGateway, event: string): unknown[] =>
  gateway.calls.filter((call) => call.event === event).map(({ payload }) => payload);

export const refusal = (code: ErrorCode, retryable: boolean): ErrorBody => ({
  code,
  message: `it is ${code}`,
  retryable,
});

/** The codes that `onError` was told. */
export const failures = (page: Page): Promise<string[]> => page.evaluate('probe.failed');
