/** A hub in memory and the model beside it: whatever is done is done to both, and their feeds can be compared. */
import { listFeed } from '../../../core/feed/list.ts';
import { markFeed } from '../../../core/feed/mark.ts';
import { logActions } from '../../../core/log.ts';
import { track, untrack } from '../../../core/track.ts';
import type { Counts, FeedItem } from '../../../protocol/entities.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { feedQuery, markInput, trackInput, untrackInput } from '../../../protocol/schemas/calls.ts';
import { MemoryHub, type MemoryHubOptions, principal, service } from '../memory/hub.ts';
import { type ModelAction, type ModelItem, ModelUser } from './feed.ts';
import type { Step, Which } from './steps.ts';
import { type LoggedInput, users } from './world.ts';

export interface ShownFeed {
  items: ModelItem[];
  counts: Counts;
}

export class DrivenHub {
  readonly hub: MemoryHub;
  readonly model: Map<string, ModelUser>;
  /** Answers of the hub and of the model that are to be the same. */
  readonly answers: Array<{ hub: unknown; model: unknown }> = [];

  constructor(options: MemoryHubOptions) {
    this.hub = new MemoryHub(options);
    const { settings } = this.hub;
    this.model = new Map(users.map((user) => [user, new ModelUser(user, settings)]));
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'log':
        await this.log(step.batch);
        return this.hub.work();
      case 'track':
        return this.#track(step);
      case 'untrack':
        return this.#untrack(step);
      case 'mark':
        return this.#mark(step.user, step.mark, step.which);
      case 'wait':
        this.hub.time.advance(step.milliseconds);
    }
  }

  /** Queues a batch; the model shows it at once. Answers the ids. */
  async log(inputs: readonly LoggedInput[]): Promise<string[]> {
    const now = this.hub.time.now();
    const actions = batch.parse(
      inputs.map(({ ago, ...input }) => ({ ...input, timestamp: new Date(now - ago).toISOString() })),
    );
    const ids = await logActions(this.hub.deps, service, { actions, batch: true });
    for (const [index, { ago, ...input }] of inputs.entries()) {
      const action: ModelAction = { ...input, id: ids[index] ?? '', at: now - ago };
      for (const user of this.model.values()) user.receive(action);
    }
    return ids;
  }

  /** The feeds of all users, by way of pages of `limit`. */
  async feeds(limit = 3): Promise<Map<string, ShownFeed>> {
    const feeds = new Map<string, ShownFeed>();
    for (const user of users) feeds.set(user, await this.#feed(user, limit));
    return feeds;
  }

  modelFeeds(): Map<string, ShownFeed> {
    const shown = [...this.model.values()].map((each): [string, ShownFeed] => [
      each.user,
      { items: each.feed(), counts: each.counts() },
    ]);
    return new Map(shown);
  }

  async #feed(user: string, limit: number): Promise<ShownFeed> {
    const items: FeedItem[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = feedQuery.parse(cursor === undefined ? { limit } : { limit, cursor });
      const page = await listFeed(this.hub.deps, principal(user), user, query);
      items.push(...page.items);
      if (page.nextCursor === null) return { items: items.map(bare), counts: page.counts };
      cursor = page.nextCursor;
    }
    throw new Error('a page had neither an end nor a cursor');
  }

  async #track({ user, to, how: { verbs, actorOnly, ago } }: Step & { do: 'track' }): Promise<void> {
    const now = this.hub.time.now();
    const since = ago === undefined ? undefined : now - ago;
    const input = {
      to,
      verbs,
      actorOnly,
      since: since === undefined ? undefined : new Date(since).toISOString(),
    };
    await track(this.hub.deps, principal(user), user, trackInput.parse(input));
    for (const object of to) {
      const how = { verbs, actorOnly, ...(since !== undefined && { since }) };
      this.model.get(user)?.track(object, now, how);
    }
  }

  async #untrack({ user, from, verbs }: Step & { do: 'untrack' }): Promise<void> {
    const input = untrackInput.parse({ from, verbs });
    const done = await untrack(this.hub.deps, principal(user), user, input).then(
      () => true,
      () => false,
    );
    this.answers.push({ hub: done, model: this.model.get(user)?.untrack(from, verbs) });
  }

  async #mark(user: string, mark: 'read' | 'unread' | 'seen', which: Which): Promise<void> {
    const model = this.model.get(user);
    if (!model) return;
    const named = namedBy(which, model, this.hub.time.now());
    const input = markInput.parse(named.input);
    const { changed, counts } = await markFeed(this.hub.deps, principal(user), {
      user,
      mark,
      input,
      origin: null,
    });
    const expected = model.mark(mark, named.isNamed);
    this.answers.push({ hub: { changed, counts }, model: { changed: expected, counts: model.counts() } });
  }
}

function namedBy(which: Which, model: ModelUser, now: number) {
  if (which.by === 'all') return { input: { all: true }, isNamed: () => true };
  if (which.by === 'until') {
    const until = now - which.ago;
    return {
      input: { until: new Date(until).toISOString() },
      isNamed: (item: ModelItem) => item.at <= until,
    };
  }
  const feed = model.feed();
  const actions = which.places.map((place) => feed[place]?.action ?? `none${place}`);
  return {
    input: { ids: actions.map((action) => `${action}:${model.user}`) },
    isNamed: (item: ModelItem) => actions.includes(item.action),
  };
}

const bare = (item: FeedItem): ModelItem => ({
  action: item.action.id,
  at: Date.parse(item.at),
  unread: item.unread,
  seen: item.seen,
});
