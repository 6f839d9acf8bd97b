/** Watching objects (docs/protocol.md): the response to `watch`, and the pushes after it. */
import { checkMayRead, mayRead } from '../../core/actions/list.ts';
import { checkWatch, isWatched, readWatch, viewerOf, type WatchTerms } from '../../core/actions/watch.ts';
import { HubError } from '../../core/errors.ts';
import type { StoredAction } from '../../core/model/entities.ts';
import { rolesByKey } from '../../core/model/matching.ts';
import { formatPosition, parsePosition } from '../../core/model/positions.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import type { ActionsDeps, DisplayDeps, NewId } from '../../core/ports/deps.ts';
import { presentAction } from '../../core/rendering/present.ts';
import { batchesOf } from '../../infra/batches.ts';
import type { Logger } from '../../infra/log.ts';
import type { WatchResponse } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { ParsedWatch } from '../../protocol/schemas/action-queries.ts';
import type { HubSocket } from '../sockets/types.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { SlowClients } from './slow-clients.ts';
import { type Watch, Watches } from './watches.ts';

/** Maximum of changes buffered while the response is read. Beyond it, the client gets `feed:stale` and watches again. */
const MAX_BUFFERED = 1_000;
/** Users per call of the application's `visible` filter, and concurrently filtered actions. */
const USER_BATCH_SIZE = 1_000;
const ACTION_BATCH_SIZE = 20;

interface WatchManagerDeps extends ActionsDeps, DisplayDeps {
  slowClients: SlowClients;
  newId: NewId;
  log: Logger;
}

type ActionChanges = Pick<BusMessage & { kind: 'actions' }, 'actions' | 'removed'>;

export class WatchManager {
  readonly #deps: WatchManagerDeps;
  readonly #watches = new Watches();
  readonly #queue: KeyedQueue;

  constructor(deps: WatchManagerDeps) {
    this.#deps = deps;
    this.#queue = new KeyedQueue((space) => this.#notifyGap(space), deps.log);
  }

  /** @throws HubError forbidden, gone, invalid_input; unprocessable if the connection has too many watches */
  async start(socket: HubSocket, { limit, position, ...terms }: ParsedWatch): Promise<WatchResponse> {
    const { principal, locale } = socket.data;
    const fromPosition = position === undefined ? undefined : parsePosition(position).position;
    await checkWatch(this.#deps, principal, terms.object);
    // Registered before the response is read, so that no change is lost.
    const watch = this.#add(socket, terms);
    const viewer = viewerOf(principal);
    try {
      const result = await readWatch(this.#deps, principal.space, {
        terms,
        viewer,
        limit,
        position: fromPosition,
      });
      // The acknowledgement is sent in this event loop turn, so it arrives before the pushes.
      setImmediate(() => this.#goLive(watch, result.removed));
      const view = { handlers: this.#deps.handlers, locale, user: viewer ?? undefined };
      return {
        watch: watch.id,
        items: result.actions.map((action) => presentAction(action, view)),
        position: formatPosition(result.position),
        ...(result.reset && { reset: true }),
      };
    } catch (error) {
      this.#watches.end(watch);
      throw error;
    }
  }

  stop(socket: HubSocket, id: string): void {
    const watch = this.#watches.get(socket, id);
    if (watch) this.#watches.end(watch);
  }

  /** Call this when the connection has closed. */
  removeSocket(socket: HubSocket): void {
    for (const watch of this.#watches.forSocket(socket)) this.#watches.end(watch);
  }

  /** Call this when the socket's token was renewed. Returns true if watches ended because the new token does not allow them. */
  revalidate(socket: HubSocket): boolean {
    const revoked = this.#watches
      .forSocket(socket)
      .filter((watch) => !mayRead(socket.data.principal, watch.terms.object));
    for (const watch of revoked) this.#watches.end(watch);
    return revoked.length > 0;
  }

  /** True if no connection of this gateway watches an object. */
  get isEmpty(): boolean {
    return this.#watches.isEmpty;
  }

  publish(space: string, changes: ActionChanges): void {
    if (this.#watches.isEmpty) return;
    const { settings, log } = this.#deps;
    // The filter may be slow. Later changes wait, so that changes of one action keep their order.
    if (settings.visible) this.#queue.enqueue(space, () => this.#deliver(space, changes));
    else this.#deliver(space, changes).catch((error: unknown) => log.error({ err: error }, 'push failed'));
  }

  /** Runs synchronously if there is no filter. */
  async #deliver(space: string, { actions, removed }: ActionChanges): Promise<void> {
    const watched = actions
      .map((action) => ({ action, watches: this.#watchesOf(space, action) }))
      .filter(({ watches }) => watches.length > 0);
    const batchSize = this.#deps.settings.visible ? ACTION_BATCH_SIZE : watched.length;
    for (const batch of batchesOf(watched, batchSize)) {
      const allowed = this.#deps.settings.visible
        ? await Promise.all(batch.map(({ action, watches }) => this.#filterVisible(action, watches)))
        : batch.map(({ watches }) => watches);
      for (const [index, { action }] of batch.entries()) {
        for (const watch of allowed[index] ?? []) this.#push(watch, action);
      }
    }
    const removedIds = new Map<Watch, string[]>();
    for (const { id, keys } of removed) {
      for (const watch of keys.flatMap((key) => [...this.#watches.forObject(space, key)])) {
        const ids = removedIds.get(watch) ?? [];
        removedIds.set(watch, ids);
        ids.push(id);
      }
    }
    for (const [watch, ids] of removedIds) this.#remove(watch, ids);
  }

  #watchesOf(space: string, action: StoredAction): Watch[] {
    const found: Watch[] = [];
    for (const [key, role] of rolesByKey(action)) {
      for (const watch of this.#watches.forObject(space, key)) {
        if (isWatched(action, role, watch.terms, this.#deps.settings)) found.push(watch);
      }
    }
    return found;
  }

  async #filterVisible(action: StoredAction, watches: readonly Watch[]): Promise<Watch[]> {
    const viewers = watches.map((watch) => viewerOf(watch.socket.data.principal));
    const users = [...new Set(viewers.flatMap((viewer) => viewer ?? []))];
    const allowedUsers = new Set<string>();
    for (const batch of batchesOf(users, USER_BATCH_SIZE)) {
      for (const user of (await this.#deps.handlers.visibleTo(action, batch)) ?? []) allowedUsers.add(user);
    }
    return watches.filter((_, index) => {
      const viewer = viewers[index] ?? null;
      return viewer === null || allowedUsers.has(viewer);
    });
  }

  #push(watch: Watch, action: StoredAction): void {
    const { buffered, socket, id } = watch;
    if (watch.isEnded) return;
    if (buffered) {
      buffered.isOverflowed ||= buffered.actions.size >= MAX_BUFFERED;
      if (!buffered.isOverflowed) buffered.actions.set(action.id, action);
      return;
    }
    if (!this.#deps.slowClients.checkBackpressure(socket)) return;
    const { principal, locale } = socket.data;
    const view = { handlers: this.#deps.handlers, locale, user: viewerOf(principal) ?? undefined };
    socket.emit('watch:action', { watch: id, action: presentAction(action, view) });
  }

  #remove(watch: Watch, ids: string[]): void {
    const { buffered, socket, id } = watch;
    if (watch.isEnded) return;
    if (buffered) {
      buffered.isOverflowed ||= buffered.removed.size + ids.length > MAX_BUFFERED;
      for (const removedId of buffered.isOverflowed ? [] : ids) buffered.removed.add(removedId);
      return;
    }
    if (this.#deps.slowClients.checkBackpressure(socket)) socket.emit('watch:removed', { watch: id, ids });
  }

  #add(socket: HubSocket, terms: WatchTerms): Watch {
    // The token may have been renewed meanwhile.
    checkMayRead(socket.data.principal, terms.object);
    if (this.#watches.forSocket(socket).length >= limits.watches) {
      throw new HubError('unprocessable', `a connection watches at most ${limits.watches} objects`);
    }
    const buffered = { actions: new Map(), removed: new Set<string>(), isOverflowed: false };
    const watch: Watch = { id: this.#deps.newId(), socket, terms, buffered, isEnded: !socket.connected };
    // If the connection has closed meanwhile, nothing would end the watch.
    if (!watch.isEnded) this.#watches.add(watch);
    return watch;
  }

  /** Runs after the response was sent: pushes removals since the requested position, then the buffered changes. */
  #goLive(watch: Watch, removed: string[]): void {
    const { buffered, socket } = watch;
    watch.buffered = null;
    if (!buffered || watch.isEnded) return;
    if (removed.length > 0) this.#remove(watch, removed);
    for (const action of buffered.actions.values()) this.#push(watch, action);
    if (buffered.removed.size > 0) this.#remove(watch, [...buffered.removed]);
    if (buffered.isOverflowed && this.#deps.slowClients.checkBackpressure(socket))
      socket.emit('feed:stale', {});
  }

  #notifyGap(space: string): void {
    for (const socket of this.#watches.sockets(space)) {
      if (this.#deps.slowClients.checkBackpressure(socket)) socket.emit('feed:stale', {});
    }
  }
}
