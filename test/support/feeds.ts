import type { FeedChanges, FeedItem, FeedPage, LogAnswer } from '../../protocol/entities.ts';
import type { Api } from './http.ts';
import type { TestHub } from './hub.ts';

const BATCH = 500;

/** Logs actions that notify a user. Returns their ids, oldest first, when they are in the user's feed. */
export async function logAndWait(
  hub: TestHub,
  user: string,
  count: number,
  action: Record<string, unknown> = {},
): Promise<string[]> {
  const service = await hub.service();
  const ids: string[] = [];
  while (ids.length < count) {
    const actions = Array.from({ length: Math.min(BATCH, count - ids.length) }, (_, index) => ({
      actor: 'user:somebody',
      verb: 'did',
      notify: [user],
      // Grouping is off, so that each action gets its own item.
      groupingDelay: -1,
      number: ids.length + index,
      ...action,
    }));
    const response = await service.post<LogAnswer>('/v1/actions?wait=1', { actions });
    if (response.status !== 200) throw new Error(`logging failed with status ${response.status}`);
    ids.push(...response.body.ids);
  }
  return ids;
}

/** All pages of a user's feed. */
export async function wholeFeed(api: Api, user: string, query = 'limit=100'): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  for (let cursor = ''; ; ) {
    const page = await api.get<FeedPage>(`/v1/users/${user}/feed?${query}${cursor}`);
    if (page.status !== 200) throw new Error(`the feed failed with status ${page.status}`);
    items.push(...page.body.items);
    if (page.body.nextCursor === null) return items;
    cursor = `&cursor=${page.body.nextCursor}`;
  }
}

/** All pages of the changes since a position. */
export async function allChanges(api: Api, user: string, position: string): Promise<FeedChanges[]> {
  const pages: FeedChanges[] = [];
  for (let from = position; ; ) {
    const page = await api.get<FeedChanges>(
      `/v1/users/${user}/feed/changes?position=${encodeURIComponent(from)}`,
    );
    if (page.status !== 200) throw new Error(`feed changes failed with status ${page.status}`);
    pages.push(page.body);
    if (!page.body.more) return pages;
    from = page.body.position;
  }
}
