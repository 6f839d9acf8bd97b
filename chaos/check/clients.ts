/** Checks that clients show the data of the hub, without a reload. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedItem } from '../../protocol/entities.ts';
import type { Load } from '../load/load.ts';
import type { Findings } from './findings.ts';
import type { StoredFeed } from './hub-reader.ts';
import { countsOf, inboxOf } from './verify.ts';

/** How long a client may take to reconnect after the last fault: the SDK retries about every ten seconds. */
const TIMEOUT_MS = 40_000;
const POLL_MS = 500;

type ItemSummary = Pick<FeedItem, 'id' | 'at' | 'unread' | 'seen' | 'archived' | 'snoozedUntil'> & {
  count: number;
};

export async function compareClients(
  load: Load,
  feeds: Map<string, StoredFeed>,
  findings: Findings,
): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const differences = findDifferences(load, feeds);
    if (differences.length === 0) return;
    if (Date.now() > deadline) {
      for (const each of differences) findings.add('clients', each);
      return;
    }
    await sleep(POLL_MS);
  }
}

function findDifferences(load: Load, feeds: Map<string, StoredFeed>): string[] {
  const differences: string[] = [];
  for (const client of load.sdk) {
    const feed = feeds.get(client.user);
    if (!feed) continue;
    const { items, counts, status, hasMore } = client.snapshot();
    const state = ` (${client.state}, ${status})`;
    const inbox = inboxOf(feed.items);
    const reason = describeDifference(items, hasMore ? inbox.slice(0, items.length) : inbox);
    if (reason) differences.push(`SDK client of ${client.user}${state}: ${reason}`);
    else if (JSON.stringify(orderCounts(counts)) !== JSON.stringify(orderCounts(countsOf(feed)))) {
      differences.push(
        `SDK client of ${client.user}${state} counts ${JSON.stringify(counts)}, the hub ${JSON.stringify(countsOf(feed))}`,
      );
    } else if (status !== 'ready') differences.push(`SDK client of ${client.user}${state} is not ready`);
  }
  for (const [kind, clients] of [
    ['raw client', load.raw],
    ['poller', load.pollers],
  ] as const) {
    for (const client of clients) {
      const feed = feeds.get(client.user);
      const reason = feed && describeDifference([...client.items()].sort(newestFirst), feed.items);
      if (reason) differences.push(`${kind} of ${client.user}: ${reason}`);
    }
  }
  return differences;
}

const orderCounts = ({ unread, unseen, capped }: ReturnType<typeof countsOf>) => ({ unread, unseen, capped });

const newestFirst = (left: FeedItem, right: FeedItem): number =>
  left.at === right.at ? (left.id < right.id ? 1 : -1) : left.at < right.at ? 1 : -1;

function describeDifference(shown: readonly FeedItem[], stored: readonly FeedItem[]): string | null {
  if (shown.length !== stored.length) {
    const [left, right] = [new Set(shown.map(({ id }) => id)), new Set(stored.map(({ id }) => id))];
    const extra = shown.filter(({ id }) => !right.has(id)).map(({ id }) => id);
    const missing = stored.filter(({ id }) => !left.has(id)).map(({ id }) => id);
    return `shows ${shown.length} items, not ${stored.length}; extra ${extra.slice(0, 3)}; missing ${missing.slice(0, 3)}`;
  }
  for (const [index, item] of shown.entries()) {
    const [seen, expected] = [summarize(item), summarize(stored[index])];
    if (seen !== expected) return `item ${index} is ${seen}, not ${expected}`;
  }
  return null;
}

const summarize = (item: FeedItem | undefined): string => {
  const summary: ItemSummary | undefined = item && {
    id: item.id,
    at: item.at,
    unread: item.unread,
    seen: item.seen,
    archived: item.archived,
    snoozedUntil: item.snoozedUntil,
    count: item.action.count,
  };
  return JSON.stringify(summary);
};
