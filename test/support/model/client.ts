/**
 * A client that follows docs/protocol.md literally. It builds what it shows, in every state, from lists,
 * changes and pushes only.
 *
 * Pushes arrive in the order of publication, at any later time. `disconnect` loses all pushes in transit, and the client
 * knows it. While a request is in progress, the client buffers pushes.
 */

import { feedChanges } from '../../../core/feed/read/changes.ts';
import { listFeed } from '../../../core/feed/read/list.ts';
import type { RemovedItem, StoredAction, StoredItem } from '../../../core/model/entities.ts';
import { itemOf } from '../../../core/model/item-groups.ts';
import { snoozeEndOf } from '../../../core/model/item-states.ts';
import { formatPosition } from '../../../core/model/positions.ts';
import type { BusMessage } from '../../../core/ports/bus.ts';
import type { DisplayDeps, FeedDeps } from '../../../core/ports/deps.ts';
import type { ModelItem } from '../../../dev/model/feed.ts';
import type { Action, FeedItem } from '../../../protocol/entities.ts';
import { feedQuery } from '../../../protocol/schemas/calls.ts';
import { principal } from '../memory/hub.ts';
import { bareItem } from './memory-hub-adapter.ts';

export interface ShownItem {
  at: number;
  unread: boolean;
  seen: boolean;
  aside?: ModelItem['aside'];
  /** Descriptions of the deleted objects that its action shows. */
  deletedDescriptions: string[];
}

export class Client {
  readonly user: string;
  readonly #deps: FeedDeps & DisplayDeps;
  readonly #shown = new Map<string, ShownItem>();
  /** The position last applied to each item. */
  readonly #applied = new Map<string, string>();
  #position = '';
  /** True if no push can have been lost since the position. */
  #isContiguous = false;
  #disconnects = 0;
  #isStale = false;
  #isFetching = false;
  #inTransit: BusMessage[] = [];
  #buffered: BusMessage[] = [];

  constructor(user: string, deps: FeedDeps & DisplayDeps) {
    this.user = user;
    this.#deps = deps;
  }

  /** True if it should show the hub's current state without another request. */
  get isCurrent(): boolean {
    return this.#isContiguous && !this.#isStale && this.#inTransit.length === 0;
  }

  /** The ids of the shown items, newest first. */
  get ids(): string[] {
    return [...this.shown().keys()];
  }

  shown(): Map<string, ShownItem> {
    const newestFirst = [...this.#shown].sort(
      ([leftId, left], [rightId, right]) => right.at - left.at || (leftId < rightId ? 1 : -1),
    );
    return new Map(newestFirst);
  }

  /** A published message is on its way to the client. */
  send(message: BusMessage): void {
    this.#inTransit.push(message);
  }

  deliverAll(): void {
    while (this.#inTransit.length > 0) this.deliver();
  }

  deliver(): void {
    const message = this.#inTransit.shift();
    if (!message) return;
    if (this.#isFetching) this.#buffered.push(message);
    else this.#apply(message);
  }

  /** The connection breaks and comes back. Messages in transit are lost, and the client knows it. */
  disconnect(): void {
    this.#inTransit = [];
    this.#buffered = [];
    this.#isContiguous = false;
    this.#disconnects += 1;
  }

  async list(): Promise<void> {
    await this.#fetch(async () => {
      const query = feedQuery.parse({ limit: 100, state: 'all' });
      const page = await listFeed(this.#deps, principal(this.user), this.user, query);
      this.#shown.clear();
      for (const item of page.items) this.#put(item, page.position);
      this.#isStale = false;
      return page.position;
    });
  }

  /** Requests the changes since the last position, or the whole list after a reset. */
  async sync(): Promise<void> {
    if (this.#position === '' || this.#isStale) return this.list();
    let reload = false;
    await this.#fetch(async () => {
      for (let position = this.#position; ; ) {
        const changes = await feedChanges(this.#deps, principal(this.user), this.user, { position });
        reload = changes.reset;
        for (const item of changes.items) this.#put(item, changes.position);
        for (const id of changes.removed) this.#remove(id, changes.position);
        position = changes.position;
        if (!changes.more) return position;
      }
    });
    if (reload) await this.list();
  }

  async #fetch(request: () => Promise<string>): Promise<void> {
    const disconnects = this.#disconnects;
    this.#isFetching = true;
    this.#position = await request();
    this.#isFetching = false;
    this.#isContiguous = disconnects === this.#disconnects;
    for (const message of this.#buffered.splice(0)) this.#apply(message);
  }

  #put(item: FeedItem, position: string): void {
    const { action, ...state } = bareItem(item);
    this.#shown.set(item.id, { ...state, deletedDescriptions: deletedDescriptionsIn(item.action) });
    this.#recordPosition(item.id, position);
  }

  #apply(message: BusMessage): void {
    if (message.kind === 'items') {
      const actions = new Map(message.actions.map((action) => [action.id, action]));
      for (const group of message.groups) {
        const action = actions.get(group.action);
        for (const user of group.users)
          if (user === this.user && action) this.#applyItem(itemOf(group, user), action);
      }
    } else if (message.kind === 'removed') {
      for (const item of message.items) if (item.user === this.user) this.#applyRemoved(item);
    } else if (message.kind === 'marked' && message.user === this.user) {
      const { ids, unread, seen } = message;
      for (const id of ids) this.#applyMark(id, formatPosition(message.position), { unread, seen });
      this.#advanceTo(formatPosition(message.position));
    } else if (message.kind === 'reset' && message.user === this.user) {
      this.#isStale = true;
    }
  }

  #applyItem({ id, at, unread, seen, position, aside: stored }: StoredItem, action: StoredAction): void {
    const positionText = formatPosition(position);
    if (!this.#isOlder(id, positionText)) {
      const deletedDescriptions = deletedDescriptionsIn(action);
      const aside = stored && (snoozeEndOf(stored) ?? 'archived');
      this.#shown.set(id, { at, unread, seen, ...(aside && { aside }), deletedDescriptions });
      this.#recordPosition(id, positionText);
    }
    this.#advanceTo(positionText);
  }

  #applyRemoved({ id, position }: RemovedItem): void {
    const positionText = formatPosition(position);
    if (!this.#isOlder(id, positionText)) this.#remove(id, positionText);
    this.#advanceTo(positionText);
  }

  #remove(id: string, position: string): void {
    this.#shown.delete(id);
    this.#recordPosition(id, position);
  }

  #applyMark(id: string, position: string, mark: { unread?: boolean; seen?: boolean }): void {
    const current = this.#shown.get(id);
    if (!current || this.#isOlder(id, position)) return;
    const { unread = current.unread, seen = current.seen } = mark;
    this.#shown.set(id, { ...current, unread, seen });
    this.#recordPosition(id, position);
  }

  #isOlder(id: string, position: string): boolean {
    return position < (this.#applied.get(id) ?? '');
  }

  #recordPosition(id: string, position: string): void {
    if (!this.#isOlder(id, position)) this.#applied.set(id, position);
  }

  #advanceTo(position: string): void {
    if (this.#isContiguous && position > this.#position) this.#position = position;
  }
}

const deletedDescriptionsIn = ({
  actor,
  targets,
  related,
}: Pick<Action | StoredAction, 'actor' | 'targets' | 'related'>) =>
  [...(actor ? [actor] : []), ...targets, ...related].flatMap((ref) =>
    'deleted' in ref ? ref.description : [],
  );
