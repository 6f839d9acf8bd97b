/** Brings what other processes tell to the sockets of this gateway. Nothing is kept: see decision 7. */
import type { RemovedItem, StoredAction, StoredItem } from '../../core/model.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import type { Handlers } from '../../core/ports/handlers.ts';
import { formatPosition } from '../../core/positions.ts';
import { presentItem } from '../../core/present.ts';
import { roomOf } from '../sockets/types.ts';
import type { CountsPusher } from './counts.ts';
import type { Readers } from './readers.ts';
import type { ResetPusher } from './resets.ts';
import type { Sessions } from './sessions.ts';
import type { Watching } from './watching.ts';

export interface DeliveryDeps {
  readers: Readers;
  counts: CountsPusher;
  resets: ResetPusher;
  sessions: Sessions;
  watching: Watching;
  handlers: Handlers;
  settled: (space: string, ids: readonly string[], isDead: boolean) => void;
}

export class Delivery {
  readonly #deps: DeliveryDeps;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  take(space: string, message: BusMessage): void {
    switch (message.kind) {
      case 'items':
        this.#items(space, message.items, message.actions);
        break;
      case 'removed':
        this.#removed(space, message.items);
        break;
      case 'marked':
        this.#marked(space, message);
        break;
      case 'reset':
        this.#reset(space, message.user, message.pos);
        break;
      case 'actions':
        this.#deps.watching.take(space, message);
        break;
      case 'userDeleted':
        this.#deps.sessions.end(space, message.user);
        break;
      case 'settled':
        this.#deps.settled(space, message.ids, message.dead ?? false);
    }
  }

  /** Messages may have been missed. */
  gap(): void {
    for (const socket of this.#deps.readers.all()) socket.emit('feed:stale', {});
  }

  #items(space: string, items: readonly StoredItem[], actions: readonly StoredAction[]): void {
    const byId = new Map(actions.map((action) => [action.id, action]));
    for (const item of items) {
      const shown = byId.get(item.action);
      if (!shown || !this.#isHere(space, item.user)) continue;
      const position = formatPosition(item.pos);
      for (const socket of this.#deps.readers.of(roomOf(space, item.user))) {
        socket.emit('feed:item', {
          item: presentItem(
            { ...item, shown },
            { handlers: this.#deps.handlers, locale: socket.data.locale },
          ),
          position,
        });
      }
      this.#deps.counts.push(space, item.user, item.pos);
    }
  }

  #removed(space: string, items: readonly RemovedItem[]): void {
    const pushes = new Map<string, { user: string; pos: number; ids: string[] }>();
    for (const { id, user, pos } of items) {
      if (!this.#isHere(space, user)) continue;
      const together = JSON.stringify([user, pos]);
      const push = pushes.get(together);
      if (push) push.ids.push(id);
      else pushes.set(together, { user, pos, ids: [id] });
    }
    for (const { user, pos, ids } of pushes.values()) {
      for (const socket of this.#deps.readers.of(roomOf(space, user))) {
        socket.emit('feed:removed', { ids, position: formatPosition(pos) });
      }
      this.#deps.counts.push(space, user, pos);
    }
  }

  #marked(space: string, { user, ids, unread, seen, pos, origin }: BusMessage & { kind: 'marked' }): void {
    if (!this.#isHere(space, user)) return;
    const push = { ids, unread, seen, position: formatPosition(pos) };
    for (const socket of this.#deps.readers.of(roomOf(space, user))) {
      if (socket.id !== origin) socket.emit('feed:marked', push);
    }
    this.#deps.counts.push(space, user, pos);
  }

  #reset(space: string, user: string, pos: number): void {
    if (!this.#isHere(space, user)) return;
    this.#deps.resets.push(roomOf(space, user));
    this.#deps.counts.push(space, user, pos);
  }

  #isHere(space: string, user: string): boolean {
    return this.#deps.readers.isIn(roomOf(space, user));
  }
}
