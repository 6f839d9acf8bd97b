/** Applies the model's steps to the core on in-memory ports. */

import { acceptActions } from '../../../core/actions/accept.ts';
import { listActions } from '../../../core/actions/list.ts';
import { deleteObject } from '../../../core/deletion/delete-object.ts';
import { recall } from '../../../core/deletion/recall.ts';
import { HubError } from '../../../core/errors.ts';
import { listFeed } from '../../../core/feed/read/list.ts';
import { markFeed } from '../../../core/feed/write/mark.ts';
import { snoozeItems } from '../../../core/feed/write/snooze.ts';
import { registerObjects } from '../../../core/objects/register.ts';
import { ownedTrackers } from '../../../core/trackers/list.ts';
import { track } from '../../../core/trackers/track.ts';
import { untrack } from '../../../core/trackers/untrack.ts';
import type { ModelItem } from '../../../dev/model/feed.ts';
import type { Action, FeedItem, Tracker } from '../../../protocol/entities.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { actionsQuery } from '../../../protocol/schemas/action-queries.ts';
import { feedQuery, markInput, snoozeInput } from '../../../protocol/schemas/calls.ts';
import { deletionInput } from '../../../protocol/schemas/deletion.ts';
import { objectsInput } from '../../../protocol/schemas/objects.ts';
import { ownedQuery, trackInput, untrackInput } from '../../../protocol/schemas/trackers.ts';
import { MemoryHub, type MemoryHubOptions, principal, service } from '../memory/hub.ts';
import type { HubAdapter, Tracked } from './hub-adapter.ts';

/** Small, so that lists have several pages. */
const PAGE_SIZE = 8;

const iso = (time: number): string => new Date(time).toISOString();

export class MemoryHubAdapter implements HubAdapter {
  readonly hub: MemoryHub;
  /** If set, workers run after every call. Otherwise only the test runs them. */
  readonly #isPrompt: boolean;

  constructor({ isPrompt = true, ...options }: MemoryHubOptions & { isPrompt?: boolean }) {
    this.hub = new MemoryHub(options);
    this.#isPrompt = isPrompt;
  }

  now(): number {
    return this.hub.time.now();
  }

  wait(milliseconds: number): void {
    this.hub.time.advance(milliseconds);
  }

  log: HubAdapter['log'] = async (inputs) => {
    const actions = batch.parse(inputs.map(({ at, ...input }) => ({ ...input, timestamp: iso(at) })));
    const ids = await acceptActions(this.hub.deps, service, { actions, batch: true });
    await this.#work();
    return ids;
  };

  track: HubAdapter['track'] = async (user, { since, ...call }) => {
    const input = trackInput.parse({ ...call, ...(since !== undefined && { since: iso(since) }) });
    const now = this.hub.time.now();
    return this.#succeeds(track(this.hub.deps, service, [{ user, input, pathPrefix: '' }])).then((done) =>
      done ? now : null,
    );
  };

  untrack: HubAdapter['untrack'] = (user, call) =>
    this.#succeeds(untrack(this.hub.deps, service, user, untrackInput.parse(call)));

  endSnoozes(): Promise<void> {
    return this.#work();
  }

  snoozeEnd(milliseconds: number): number {
    return this.now() + milliseconds;
  }

  mark: HubAdapter['mark'] = async (user, mark, input) => {
    const call = { user, origin: null };
    const { changed, counts } =
      mark === 'snooze'
        ? await snoozeItems(this.hub.deps, service, { ...call, input: snoozeInput.parse(input) })
        : await markFeed(this.hub.deps, service, { ...call, mark, input: markInput.parse(input) });
    return { changed, counts };
  };

  recall: HubAdapter['recall'] = async (id) => {
    await recall(this.hub.deps, service, id);
    await this.#work();
  };

  register: HubAdapter['register'] = async (object, name) => {
    const { objects } = objectsInput.parse({ objects: [{ ...object, name }] });
    await registerObjects(this.hub.deps, service, objects);
  };

  delete: HubAdapter['delete'] = async ({ type, id = '' }, input) => {
    await deleteObject(this.hub.deps, service, { type, id }, deletionInput.parse(input));
    await this.#work();
  };

  feed: HubAdapter['feed'] = async (user, filter) => {
    const items: FeedItem[] = [];
    for (let cursor: string | null | undefined; ; ) {
      const query = feedQuery.parse({ ...filter, limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) });
      const page = await listFeed(this.hub.deps, principal(user), user, query);
      items.push(...page.items);
      cursor = page.nextCursor;
      if (cursor === null) return { items: items.map(bareItem), counts: page.counts };
    }
  };

  actions = (): Promise<Action[]> =>
    paged((cursor) =>
      listActions(this.hub.deps, service, actionsQuery.parse({ limit: PAGE_SIZE, ...cursor })),
    );

  trackers = async (user: string): Promise<Tracked[]> => {
    const found = await paged((cursor) =>
      ownedTrackers(this.hub.deps, service, user, ownedQuery.parse({ limit: PAGE_SIZE, ...cursor })),
    );
    return found.map(bareTracker);
  };

  async #work(): Promise<void> {
    if (this.#isPrompt) await this.hub.work();
  }

  /** Returns false if the call is refused. Otherwise does the work that it requires. */
  async #succeeds(call: Promise<unknown>): Promise<boolean> {
    try {
      await call;
    } catch (error) {
      if (error instanceof HubError && (error.code === 'gone' || error.code === 'unprocessable'))
        return false;
      throw error;
    }
    await this.#work();
    return true;
  }
}

export async function paged<T>(
  fetchPage: (cursor: { cursor?: string }) => Promise<{ items: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const all: T[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await fetchPage(cursor === '' ? {} : { cursor });
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

export function bareItem({ action, at, unread, seen, archived, snoozedUntil }: FeedItem): ModelItem {
  const item = { action: action.id, at: Date.parse(at), unread, seen };
  if (archived) return { ...item, aside: 'archived' };
  return snoozedUntil === null ? item : { ...item, aside: Date.parse(snoozedUntil) };
}

export const bareTracker = ({ tracked, verbs, actorOnly, since }: Tracker): Tracked => ({
  tracked: 'id' in tracked ? `${tracked.type}:${tracked.id}` : tracked.type,
  verbs,
  actorOnly,
  since: Date.parse(since),
});
