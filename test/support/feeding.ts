import type { FeedChanges, FeedItem, FeedPage, LogAnswer } from '../../protocol/entities.ts';
import type { Api } from './http.ts';
import type { TestHub } from './hub.ts';

const BATCH = 500;

/** Logs actions addressed to a user and answers their ids, oldest first, when they are in its feed. */
export async function fill(
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
      // One item for each.
      groupingDelay: -1,
      number: ids.length + index,
      ...action,
    }));
    const answer = await service.post<LogAnswer>('/v1/actions?wait=1', { actions });
    if (answer.status !== 200) throw new Error(`the actions were answered with ${answer.status}`);
    ids.push(...answer.body.ids);
  }
  return ids;
}

/** Every page of a user's feed. */
export async function wholeFeed(api: Api, user: string, query = 'limit=100'): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  for (let cursor = ''; ; ) {
    const page = await api.get<FeedPage>(`/v1/users/${user}/feed?${query}${cursor}`);
    if (page.status !== 200) throw new Error(`the feed was answered with ${page.status}`);
    items.push(...page.body.items);
    if (page.body.nextCursor === null) return items;
    cursor = `&cursor=${page.body.nextCursor}`;
  }
}

/** Every page of the changes since a position. */
export async function allChanges(api: Api, user: string, position: string): Promise<FeedChanges[]> {
  const pages: FeedChanges[] = [];
  for (let from = position; ; ) {
    const page = await api.get<FeedChanges>(
      `/v1/users/${user}/feed/changes?position=${encodeURIComponent(from)}`,
    );
    if (page.status !== 200) throw new Error(`the changes were answered with ${page.status}`);
    pages.push(page.body);
    if (!page.body.more) return pages;
    from = page.body.position;
  }
}
