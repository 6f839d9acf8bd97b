/**
 * A client by the letter of the contract's section 5. What it shows is made of lists, changes and pushes alone.
 *
 * Pushes come in the order in which they were published, any time later; what is lost is lost up to the moment at
 * which the client is told so (`lose`). While an answer is awaited pushes wait for it.
 */
import { feedChanges } from '../../../core/feed/changes.ts';
import type { FeedDeps } from '../../../core/feed/deps.ts';
import { listFeed } from '../../../core/feed/list.ts';
import type { RemovedItem, StoredAction, StoredItem } from '../../../core/model.ts';
import type { BusMessage } from '../../../core/ports/bus.ts';
import { formatPosition } from '../../../core/positions.ts';
import type { Action, FeedItem } from '../../../protocol/entities.ts';
import { feedQuery } from '../../../protocol/schemas/calls.ts';
import { principal } from '../memory/hub.ts';

export interface Shown {
  at: number;
  unread: boolean;
  seen: boolean;
  /** Descriptions of the deleted objects that its action shows. */
  left: string[];
}

export class Client {
  readonly user: string;
  readonly #deps: FeedDeps;
  readonly #shown = new Map<string, Shown>();
  /** By item, the position of what was last applied to it. */
  readonly #applied = new Map<string, string>();
  #position = '';
  /** Whether no push can have been lost since the position. */
  #unbroken = false;
  #breaks = 0;
  #isStale = false;
  #isAsking = false;
  #coming: BusMessage[] = [];
  #held: BusMessage[] = [];

  constructor(user: string, deps: FeedDeps) {
    this.user = user;
    this.#deps = deps;
  }

  /** Whether what it shows should be what the hub has, without asking. */
  get isCurrent(): boolean {
    return this.#unbroken && !this.#isStale && this.#coming.length === 0;
  }

  /** The ids it shows, the newest first. */
  get ids(): string[] {
    return [...this.shown().keys()];
  }

  shown(): Map<string, Shown> {
    const newestFirst = [...this.#shown].sort(
      ([leftId, left], [rightId, right]) => right.at - left.at || (leftId < rightId ? 1 : -1),
    );
    return new Map(newestFirst);
  }

  /** Something was published; it will be delivered. */
  send(message: BusMessage): void {
    this.#coming.push(message);
  }

  deliverAll(): void {
    while (this.#coming.length > 0) this.deliver();
  }

  deliver(): void {
    const message = this.#coming.shift();
    if (!message) return;
    if (this.#isAsking) this.#held.push(message);
    else this.#take(message);
  }

  /** The connection is gone and comes back: what was on its way is lost, and the client knows. */
  lose(): void {
    this.#coming = [];
    this.#held = [];
    this.#unbroken = false;
    this.#breaks += 1;
  }

  async list(): Promise<void> {
    await this.#asking(async () => {
      const query = feedQuery.parse({ limit: 100 });
      const page = await listFeed(this.#deps, principal(this.user), this.user, query);
      this.#shown.clear();
      for (const item of page.items) this.#put(item, page.position);
      this.#isStale = false;
      return page.position;
    });
  }

  /** Asks for what changed since the last position, or for everything where that is too much. */
  async sync(): Promise<void> {
    if (this.#position === '' || this.#isStale) return this.list();
    let reload = false;
    await this.#asking(async () => {
      for (let position = this.#position; ; ) {
        const changes = await feedChanges(this.#deps, principal(this.user), this.user, { position });
        reload = changes.reset;
        for (const item of changes.items) this.#put(item, changes.position);
        for (const id of changes.removed) this.#takeOut(id, changes.position);
        position = changes.position;
        if (!changes.more) return position;
      }
    });
    if (reload) await this.list();
  }

  async #asking(ask: () => Promise<string>): Promise<void> {
    const breaks = this.#breaks;
    this.#isAsking = true;
    this.#position = await ask();
    this.#isAsking = false;
    this.#unbroken = breaks === this.#breaks;
    for (const message of this.#held.splice(0)) this.#take(message);
  }

  #put(item: FeedItem, position: string): void {
    const { at, unread, seen, action } = item;
    this.#shown.set(item.id, { at: Date.parse(at), unread, seen, left: leftIn(action) });
    this.#stamp(item.id, position);
  }

  #take(message: BusMessage): void {
    if (message.kind === 'items') {
      const actions = new Map(message.actions.map((action) => [action.id, action]));
      for (const item of message.items) {
        const action = actions.get(item.action);
        if (item.user === this.user && action) this.#takeItem(item, action);
      }
    } else if (message.kind === 'removed') {
      for (const item of message.items) if (item.user === this.user) this.#takeRemoved(item);
    } else if (message.kind === 'marked' && message.user === this.user) {
      const { ids, unread, seen } = message;
      for (const id of ids) this.#takeMark(id, formatPosition(message.pos), { unread, seen });
      this.#moveTo(formatPosition(message.pos));
    } else if (message.kind === 'reset' && message.user === this.user) {
      this.#isStale = true;
    }
  }

  #takeItem({ id, at, unread, seen, pos }: StoredItem, action: StoredAction): void {
    const position = formatPosition(pos);
    if (!this.#isOlder(id, position)) {
      this.#shown.set(id, { at, unread, seen, left: leftIn(action) });
      this.#stamp(id, position);
    }
    this.#moveTo(position);
  }

  #takeRemoved({ id, pos }: RemovedItem): void {
    const position = formatPosition(pos);
    if (!this.#isOlder(id, position)) this.#takeOut(id, position);
    this.#moveTo(position);
  }

  #takeOut(id: string, position: string): void {
    this.#shown.delete(id);
    this.#stamp(id, position);
  }

  #takeMark(id: string, position: string, mark: { unread?: boolean; seen?: boolean }): void {
    const shown = this.#shown.get(id);
    if (!shown || this.#isOlder(id, position)) return;
    const { unread = shown.unread, seen = shown.seen } = mark;
    this.#shown.set(id, { ...shown, unread, seen });
    this.#stamp(id, position);
  }

  #isOlder(id: string, position: string): boolean {
    return position < (this.#applied.get(id) ?? '');
  }

  #stamp(id: string, position: string): void {
    if (!this.#isOlder(id, position)) this.#applied.set(id, position);
  }

  #moveTo(position: string): void {
    if (this.#unbroken && position > this.#position) this.#position = position;
  }
}

const leftIn = ({ actor, targets, related }: Pick<Action | StoredAction, 'actor' | 'targets' | 'related'>) =>
  [...(actor ? [actor] : []), ...targets, ...related].flatMap((ref) =>
    'deleted' in ref ? ref.description : [],
  );
