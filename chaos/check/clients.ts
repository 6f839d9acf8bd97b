/** Whether clients show what the hub holds, without asking it anew. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedItem } from '../../protocol/entities.ts';
import type { Load } from '../load/load.ts';
import type { Findings } from './findings.ts';
import type { HeldFeed } from './reader.ts';
import { countsOf } from './verify.ts';

/** How long after the last fault a client may take to be back: the SDK tries again every ten seconds or so. */
const WITHIN_MS = 40_000;
const EVERY_MS = 500;

type Shown = Pick<FeedItem, 'id' | 'at' | 'unread' | 'seen'> & { count: number };

export async function compareClients(
  load: Load,
  feeds: Map<string, HeldFeed>,
  findings: Findings,
): Promise<void> {
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    const wrong = differing(load, feeds);
    if (wrong.length === 0) return;
    if (Date.now() > end) {
      for (const each of wrong) findings.add('clients', each);
      return;
    }
    await sleep(EVERY_MS);
  }
}

function differing(load: Load, feeds: Map<string, HeldFeed>): string[] {
  const wrong: string[] = [];
  for (const client of load.sdk) {
    const feed = feeds.get(client.user);
    if (!feed) continue;
    const { items, counts, status, hasMore } = client.snapshot();
    const said = ` (${client.state}, ${status})`;
    const why = difference(items, hasMore ? feed.items.slice(0, items.length) : feed.items);
    if (why) wrong.push(`SDK client of ${client.user}${said}: ${why}`);
    else if (JSON.stringify(order(counts)) !== JSON.stringify(order(countsOf(feed)))) {
      wrong.push(
        `SDK client of ${client.user}${said} counts ${JSON.stringify(counts)}, the hub ${JSON.stringify(countsOf(feed))}`,
      );
    } else if (status !== 'ready') wrong.push(`SDK client of ${client.user}${said} is not ready`);
  }
  for (const [kind, clients] of [
    ['raw client', load.raw],
    ['poller', load.pollers],
  ] as const) {
    for (const client of clients) {
      const feed = feeds.get(client.user);
      const why = feed && difference([...client.items()].sort(newestFirst), feed.items);
      if (why) wrong.push(`${kind} of ${client.user}: ${why}`);
    }
  }
  return wrong;
}

const order = ({ unread, unseen, capped }: ReturnType<typeof countsOf>) => ({ unread, unseen, capped });

const newestFirst = (left: FeedItem, right: FeedItem): number =>
  left.at === right.at ? (left.id < right.id ? 1 : -1) : left.at < right.at ? 1 : -1;

function difference(shown: readonly FeedItem[], held: readonly FeedItem[]): string | null {
  if (shown.length !== held.length) {
    const [left, right] = [new Set(shown.map(({ id }) => id)), new Set(held.map(({ id }) => id))];
    const extra = shown.filter(({ id }) => !right.has(id)).map(({ id }) => id);
    const missing = held.filter(({ id }) => !left.has(id)).map(({ id }) => id);
    return `shows ${shown.length} items, not ${held.length}; extra ${extra.slice(0, 3)}; missing ${missing.slice(0, 3)}`;
  }
  for (const [index, item] of shown.entries()) {
    const [seen, wanted] = [of(item), of(held[index])];
    if (seen !== wanted) return `item ${index} is ${seen}, not ${wanted}`;
  }
  return null;
}

const of = (item: FeedItem | undefined): string => {
  const shown: Shown | undefined = item && {
    id: item.id,
    at: item.at,
    unread: item.unread,
    seen: item.seen,
    count: item.action.count,
  };
  return JSON.stringify(shown);
};
