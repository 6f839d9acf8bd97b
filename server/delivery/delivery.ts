/** Forwards messages of other processes to the sockets of this gateway. Nothing is stored (decision 7). */
import type { RemovedItem, StoredAction } from '../../core/model/entities.ts';
import type { ItemGroup } from '../../core/model/item-groups.ts';
import { formatPosition } from '../../core/model/positions.ts';
import type { Position } from '../../core/model/units.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import type { Handlers } from '../../core/ports/handlers.ts';
import { ItemPresenter } from '../../core/rendering/present.ts';
import type { ServerToClientEvents } from '../../protocol/sockets.ts';
import { type EncodedEvent, encodeEvent } from '../sockets/encoded-event.ts';
import type { HubSocket } from '../sockets/types.ts';
import type { CountsPusher } from './counts.ts';
import { ItemPushes } from './item-pushes.ts';
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
  /** Forgets what this gateway knows of the displays of a space, and replies. */
  displaysChanged: (space: string, reply: string) => void;
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
      case 'displaysChanged':
        this.#deps.displaysChanged(message.space, message.reply);
        break;
      case 'completed':
        this.#deps.completed(space, message.ids, message.deadLettered ?? false);
    }
  }

  /** Returns false if no client of this gateway gets a push of the message. */
  isWanted(space: string, message: BusMessage): boolean {
    if (message.kind === 'actions') return !this.#deps.watchManager.isEmpty;
    if (message.kind !== 'items') return true;
    const { recipients } = this.#deps;
    return message.groups.some(({ users }) => users.some((user) => recipients.isConnected(space, user)));
  }

  /** Call this when messages may have been lost: those of one space, or of all. */
  notifyGap(space?: string): void {
    const stale = encodeEvent('feed:stale', {});
    if (space === undefined) this.#deps.recipients.pushToAll('feed:stale', stale);
    else this.#deps.recipients.pushToSpace(space, 'feed:stale', stale);
  }

  #items(space: string, groups: readonly ItemGroup[], actions: readonly StoredAction[]): void {
    const presenters = new Map(
      actions.map((action) => [action.id, new ItemPresenter(action, this.#deps.handlers)]),
    );
    for (const group of groups) {
      const presenter = presenters.get(group.action);
      if (!presenter) continue;
      const pushes = new ItemPushes(group, presenter);
      for (const user of group.users)
        this.#push(space, user, group.position, 'feed:item', ({ data }) => pushes.encode(user, data.locale));
    }
  }

  #removed(space: string, items: readonly RemovedItem[]): void {
    const pushes = new Map<string, { user: string; position: Position; ids: string[] }>();
    for (const { id, user, position } of items) {
      if (!this.#deps.recipients.isConnected(space, user)) continue;
      const groupKey = JSON.stringify([user, position]);
      const push = pushes.get(groupKey);
      if (push) push.ids.push(id);
      else pushes.set(groupKey, { user, position, ids: [id] });
    }
    for (const { user, position, ids } of pushes.values()) {
      const encoded = encodeEvent('feed:removed', { ids, position: formatPosition(position) });
      this.#push(space, user, position, 'feed:removed', () => encoded);
    }
  }

  #marked(
    space: string,
    { user, ids, unread, seen, position, origin }: BusMessage & { kind: 'marked' },
  ): void {
    if (!this.#deps.recipients.isConnected(space, user)) return;
    const encoded = encodeEvent('feed:marked', { ids, unread, seen, position: formatPosition(position) });
    this.#push(space, user, position, 'feed:marked', ({ id }) => (id === origin ? null : encoded));
  }

  #reset(space: string, user: string, position: Position): void {
    if (!this.#deps.recipients.isConnected(space, user)) return;
    this.#deps.resets.push(space, user);
    this.#deps.counts.push(space, user, position);
  }

  /** Pushes a change of a feed to its user, if connected, and then the counts. Most users of a fan-out are not connected here. */
  #push(
    space: string,
    user: string,
    position: Position,
    event: keyof ServerToClientEvents,
    encode: (socket: HubSocket) => EncodedEvent | null,
  ): void {
    if (this.#deps.recipients.push(space, user, event, encode)) this.#deps.counts.push(space, user, position);
  }
}
