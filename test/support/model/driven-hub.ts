/** An in-memory hub and the model. Every call goes to both, so that their feeds can be compared. */

import { acceptActions } from '../../../core/actions/accept.ts';
import { listFeed } from '../../../core/feed/read/list.ts';
import { track } from '../../../core/trackers/track.ts';
import { type ModelAction, type ModelItem, type ModelObject, ModelUser } from '../../../dev/model/feed.ts';
import type { Counts, FeedItem } from '../../../protocol/entities.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { feedQuery } from '../../../protocol/schemas/calls.ts';
import { trackInput } from '../../../protocol/schemas/trackers.ts';
import { MemoryHub, type MemoryHubOptions, principal, service } from '../memory/hub.ts';
import { type LoggedInput, users } from './world.ts';

export interface ShownFeed {
  items: ModelItem[];
  counts: Counts;
}

export interface Follow {
  user: string;
  to: readonly ModelObject[];
  /** `ago`: milliseconds before now. */
  how: { verbs: readonly string[]; actorOnly: boolean; ago?: number };
}

export class DrivenHub {
  readonly hub: MemoryHub;
  readonly model: Map<string, ModelUser>;

  constructor(options: MemoryHubOptions) {
    this.hub = new MemoryHub(options);
    const { settings } = this.hub;
    this.model = new Map(users.map((user) => [user, new ModelUser(user, settings)]));
  }

  /** Must be called before anything is logged, because the model does not backfill. */
  async track({ user, to, how: { verbs, actorOnly, ago } }: Follow): Promise<void> {
    const now = this.hub.time.now();
    const since = ago === undefined ? undefined : now - ago;
    const input = {
      to,
      verbs,
      actorOnly,
      since: since === undefined ? undefined : new Date(since).toISOString(),
    };
    await track(this.hub.deps, principal(user), [{ user, input: trackInput.parse(input), pathPrefix: '' }]);
    for (const object of to) {
      const how = { verbs, actorOnly, ...(since !== undefined && { since }) };
      this.model.get(user)?.track(object, now, how);
    }
  }

  /** Queues a batch in the hub, and applies it to the model immediately. Returns the ids. */
  async log(inputs: readonly LoggedInput[]): Promise<string[]> {
    const now = this.hub.time.now();
    const actions = batch.parse(
      inputs.map(({ ago, ...input }) => ({ ...input, timestamp: new Date(now - ago).toISOString() })),
    );
    const ids = await acceptActions(this.hub.deps, service, { actions, batch: true });
    for (const [index, { ago, ...input }] of inputs.entries()) {
      const action: ModelAction = { ...input, id: ids[index] ?? '', at: now - ago };
      for (const user of this.model.values()) user.receive(action);
    }
    return ids;
  }

  /** The feeds of all users, read in pages of `limit` items. */
  async feeds(limit = 3): Promise<Map<string, ShownFeed>> {
    const feeds = new Map<string, ShownFeed>();
    for (const user of users) feeds.set(user, await this.#feed(user, limit));
    return feeds;
  }

  modelFeeds(): Map<string, ShownFeed> {
    const feeds = [...this.model.values()].map((each): [string, ShownFeed] => [
      each.user,
      { items: each.feed(), counts: each.counts() },
    ]);
    return new Map(feeds);
  }

  async #feed(user: string, limit: number): Promise<ShownFeed> {
    const items: FeedItem[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = feedQuery.parse(cursor === undefined ? { limit } : { limit, cursor });
      const page = await listFeed(this.hub.deps, principal(user), user, query);
      items.push(...page.items);
      if (page.nextCursor === null) return { items: items.map(modelItemOf), counts: page.counts };
      cursor = page.nextCursor;
    }
    throw new Error('a page has no cursor, but the list did not end');
  }
}

const modelItemOf = (item: FeedItem): ModelItem => ({
  action: item.action.id,
  at: Date.parse(item.at),
  unread: item.unread,
  seen: item.seen,
});
