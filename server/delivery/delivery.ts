/** Forwards messages of other processes to the sockets of this gateway. Nothing is stored (decision 7). */
import type { RemovedItem, StoredAction, StoredItem } from '../../core/model/entities.ts';
import { formatPosition } from '../../core/model/positions.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import type { Handlers } from '../../core/ports/handlers.ts';
import { presentItem } from '../../core/rendering/present.ts';
import { roomOf } from '../sockets/types.ts';
import type { CountsPusher } from './counts.ts';
import type { Recipients } from './recipients.ts';
import type { ResetPusher } from './resets.ts';
import type { Sessions } from './sessions.ts';
import type { WatchManager } from './watch-manager.ts';

export interface DeliveryDeps {
  recipients: Recipients;
  counts: CountsPusher;
  resets: ResetPusher;
  sessions: Sessions;
  watchManager: WatchManager;
  handlers: Handlers;
  completed: (space: string, ids: readonly string[], isDead: boolean) => void;
}

export class Delivery {
  readonly #deps: DeliveryDeps;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  handle(space: string, message: BusMessage): void {
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
        this.#reset(space, message.user, message.position);
        break;
      case 'actions':
        this.#deps.watchManager.publish(space, message);
        break;
      case 'userDeleted':
        this.#deps.sessions.endSessions(space, message.user);
        break;
      case 'completed':
        this.#deps.completed(space, message.ids, message.deadLettered ?? false);
    }
  }

  /** Call this when messages may have been lost. */
  notifyGap(): void {
    for (const socket of this.#deps.recipients.allSockets()) socket.emit('feed:stale', {});
  }

  #items(space: string, items: readonly StoredItem[], actions: readonly StoredAction[]): void {
    const byId = new Map(actions.map((action) => [action.id, action]));
    for (const item of items) {
      const shownAction = byId.get(item.action);
      if (!shownAction || !this.#isConnected(space, item.user)) continue;
      const position = formatPosition(item.position);
      for (const socket of this.#deps.recipients.socketsIn(roomOf(space, item.user))) {
        socket.emit('feed:item', {
          item: presentItem(
            { ...item, shownAction },
            { handlers: this.#deps.handlers, locale: socket.data.locale },
          ),
          position,
        });
      }
      this.#deps.counts.push(space, item.user, item.position);
    }
  }

  #removed(space: string, items: readonly RemovedItem[]): void {
    const pushes = new Map<string, { user: string; position: number; ids: string[] }>();
    for (const { id, user, position } of items) {
      if (!this.#isConnected(space, user)) continue;
      const groupKey = JSON.stringify([user, position]);
      const push = pushes.get(groupKey);
      if (push) push.ids.push(id);
      else pushes.set(groupKey, { user, position, ids: [id] });
    }
    for (const { user, position, ids } of pushes.values()) {
      for (const socket of this.#deps.recipients.socketsIn(roomOf(space, user))) {
        socket.emit('feed:removed', { ids, position: formatPosition(position) });
      }
      this.#deps.counts.push(space, user, position);
    }
  }

  #marked(
    space: string,
    { user, ids, unread, seen, position, origin }: BusMessage & { kind: 'marked' },
  ): void {
    if (!this.#isConnected(space, user)) return;
    const push = { ids, unread, seen, position: formatPosition(position) };
    for (const socket of this.#deps.recipients.socketsIn(roomOf(space, user))) {
      if (socket.id !== origin) socket.emit('feed:marked', push);
    }
    this.#deps.counts.push(space, user, position);
  }

  #reset(space: string, user: string, position: number): void {
    if (!this.#isConnected(space, user)) return;
    this.#deps.resets.push(roomOf(space, user));
    this.#deps.counts.push(space, user, position);
  }

  #isConnected(space: string, user: string): boolean {
    return this.#deps.recipients.hasSockets(roomOf(space, user));
  }
}
