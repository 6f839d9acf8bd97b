/** Forwards messages of other processes to the sockets of this gateway. Nothing is stored (decision 7). */
import type { RemovedItem, StoredAction } from '../../core/model/entities.ts';
import { type ItemGroup, itemOf } from '../../core/model/item-groups.ts';
import { formatPosition } from '../../core/model/positions.ts';
import type { Position } from '../../core/model/units.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import type { Handlers } from '../../core/ports/handlers.ts';
import { ItemPresenter } from '../../core/rendering/present.ts';
import { type HubSocket, roomOf } from '../sockets/types.ts';
import type { CountsPusher } from './counts.ts';
import type { Recipients } from './recipients.ts';
import type { ResetPusher } from './resets.ts';
import type { Sessions } from './sessions.ts';
import type { WatchManager } from './watch-manager.ts';

interface DeliveryDeps {
  recipients: Recipients;
  counts: CountsPusher;
  resets: ResetPusher;
  sessions: Sessions;
  watchManager: WatchManager;
  handlers: Handlers;
  completed: (space: string, ids: readonly string[], isDead: boolean) => void;
  /** Replies to a worker that asks who is connected. */
  replyConnected: (space: string, reply: string, users: readonly string[]) => void;
}

export class Delivery {
  readonly #deps: DeliveryDeps;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  handle(space: string, message: BusMessage): void {
    switch (message.kind) {
      case 'items':
        this.#items(space, message.groups, message.actions);
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
      case 'whoIsConnected': {
        const users = this.#deps.recipients.usersOf(space, message.limit);
        this.#deps.replyConnected(space, message.reply, users);
        break;
      }
      case 'completed':
        this.#deps.completed(space, message.ids, message.deadLettered ?? false);
    }
  }

  /** Call this when messages may have been lost. */
  notifyGap(): void {
    for (const socket of this.#deps.recipients.allSockets()) socket.emit('feed:stale', {});
  }

  #items(space: string, groups: readonly ItemGroup[], actions: readonly StoredAction[]): void {
    const presenters = new Map(
      actions.map((action) => [action.id, new ItemPresenter(action, this.#deps.handlers)]),
    );
    for (const group of groups) {
      const presenter = presenters.get(group.action);
      if (!presenter) continue;
      const position = formatPosition(group.position);
      for (const user of group.users) {
        // Most users of a large fan-out are not connected here.
        if (!this.#deps.recipients.hasSockets(roomOf(space, user))) continue;
        const item = itemOf(group, user);
        this.#push(space, item, (socket) =>
          socket.emit('feed:item', { item: presenter.present(item, socket.data.locale), position }),
        );
      }
    }
  }

  #removed(space: string, items: readonly RemovedItem[]): void {
    const pushes = new Map<string, { user: string; position: Position; ids: string[] }>();
    for (const { id, user, position } of items) {
      if (!this.#deps.recipients.hasSockets(roomOf(space, user))) continue;
      const groupKey = JSON.stringify([user, position]);
      const push = pushes.get(groupKey);
      if (push) push.ids.push(id);
      else pushes.set(groupKey, { user, position, ids: [id] });
    }
    for (const { user, position, ids } of pushes.values()) {
      const push = { ids, position: formatPosition(position) };
      this.#push(space, { user, position }, (socket) => socket.emit('feed:removed', push));
    }
  }

  #marked(
    space: string,
    { user, ids, unread, seen, position, origin }: BusMessage & { kind: 'marked' },
  ): void {
    const push = { ids, unread, seen, position: formatPosition(position) };
    this.#push(space, { user, position }, (socket) => {
      if (socket.id !== origin) socket.emit('feed:marked', push);
    });
  }

  #reset(space: string, user: string, position: Position): void {
    if (!this.#deps.recipients.hasSockets(roomOf(space, user))) return;
    this.#deps.resets.push(roomOf(space, user));
    this.#deps.counts.push(space, user, position);
  }

  /** Pushes a change of a feed to its user, if connected, and then the counts. */
  #push(
    space: string,
    { user, position }: { user: string; position: Position },
    send: (socket: HubSocket) => void,
  ): void {
    const room = roomOf(space, user);
    if (!this.#deps.recipients.hasSockets(room)) return;
    for (const socket of this.#deps.recipients.socketsIn(room)) send(socket);
    this.#deps.counts.push(space, user, position);
  }
}
