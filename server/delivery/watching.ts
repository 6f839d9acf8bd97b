/** Watching objects (section 5 of the contract): the answer of `watch`, and what is pushed from then on. */
import type { ActionsDeps } from '../../core/actions/deps.ts';
import { checkReads, mayRead } from '../../core/actions/list.ts';
import { checkWatch, isWatched, readWatch, viewerOf, type WatchTerms } from '../../core/actions/watch.ts';
import { HubError } from '../../core/errors.ts';
import { rolesByKey } from '../../core/matching.ts';
import type { StoredAction } from '../../core/model.ts';
import type { BusMessage, NewId } from '../../core/ports/bus.ts';
import { formatPosition, parsePosition } from '../../core/positions.ts';
import { presentAction } from '../../core/present.ts';
import type { Logger } from '../../infra/log.ts';
import type { WatchAnswer } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { ParsedWatch } from '../../protocol/schemas/accessors.ts';
import type { HubSocket } from '../sockets/types.ts';
import type { SlowClients } from './slow.ts';
import { Turns } from './turns.ts';
import { type Watch, Watches } from './watches.ts';

/** Changes held back while an answer is read; with more the client is told to watch again. */
const MOST_HELD = 1_000;
/** Users the application's filter is asked about at a time, and actions it is asked about at once. */
const ASKED = 1_000;
const TOGETHER = 20;

export interface WatchingDeps extends ActionsDeps {
  slow: SlowClients;
  newId: NewId;
  log: Logger;
}

type Told = Pick<BusMessage & { kind: 'actions' }, 'actions' | 'removed'>;

export class Watching {
  readonly #deps: WatchingDeps;
  readonly #watches = new Watches();
  readonly #turns: Turns;

  constructor(deps: WatchingDeps) {
    this.#deps = deps;
    this.#turns = new Turns((space) => this.#missed(space), deps.log);
  }

  /** @throws HubError forbidden, gone, invalid_input, and unprocessable where the connection watches too much */
  async start(socket: HubSocket, { limit, position, ...terms }: ParsedWatch): Promise<WatchAnswer> {
    const { principal, locale } = socket.data;
    const since = position === undefined ? undefined : parsePosition(position).pos;
    await checkWatch(this.#deps, principal, terms.object);
    // Before the answer is read, so that nothing falls between.
    const watch = this.#add(socket, terms);
    const viewer = viewerOf(principal);
    try {
      const read = await readWatch(this.#deps, principal.space, { terms, viewer, limit, position: since });
      // Acknowledgements are sent before the event loop goes on, so the answer comes before the pushes.
      setImmediate(() => this.#goLive(watch, read.removed));
      const view = { handlers: this.#deps.handlers, locale, user: viewer ?? undefined };
      return {
        watch: watch.id,
        items: read.actions.map((action) => presentAction(action, view)),
        position: formatPosition(read.position),
        ...(read.reset && { reset: true }),
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

  /** The connection is gone. */
  leave(socket: HubSocket): void {
    for (const watch of this.#watches.of(socket)) this.#watches.end(watch);
  }

  /** Its token was renewed. Answers whether watches ended, since it does not allow them. */
  recheck(socket: HubSocket): boolean {
    const lost = this.#watches
      .of(socket)
      .filter((watch) => !mayRead(socket.data.principal, watch.terms.object));
    for (const watch of lost) this.#watches.end(watch);
    return lost.length > 0;
  }

  /** What workers tell of a space. */
  take(space: string, told: Told): void {
    if (this.#watches.isEmpty) return;
    const { settings, log } = this.#deps;
    // The application's filter may take its time. What follows waits, so that changes of one action keep their order.
    if (settings.visible) this.#turns.take(space, () => this.#tell(space, told));
    else this.#tell(space, told).catch((error: unknown) => log.error({ err: error }, 'a push failed'));
  }

  /** Does not wait for anything where there is no filter. */
  async #tell(space: string, { actions, removed }: Told): Promise<void> {
    const told = actions
      .map((action) => ({ action, watches: this.#watchesOf(space, action) }))
      .filter(({ watches }) => watches.length > 0);
    const together = this.#deps.settings.visible ? TOGETHER : told.length;
    for (let start = 0; start < told.length; start += together) {
      const some = told.slice(start, start + together);
      const allowed = this.#deps.settings.visible
        ? await Promise.all(some.map(({ action, watches }) => this.#allowed(action, watches)))
        : some.map(({ watches }) => watches);
      for (const [index, { action }] of some.entries()) {
        for (const watch of allowed[index] ?? []) this.#push(watch, action);
      }
    }
    const gone = new Map<Watch, string[]>();
    for (const { id, keys } of removed) {
      for (const watch of keys.flatMap((key) => [...this.#watches.at(space, key)])) {
        const ids = gone.get(watch) ?? [];
        gone.set(watch, ids);
        ids.push(id);
      }
    }
    for (const [watch, ids] of gone) this.#remove(watch, ids);
  }

  #watchesOf(space: string, action: StoredAction): Watch[] {
    const found: Watch[] = [];
    for (const [key, role] of rolesByKey(action)) {
      for (const watch of this.#watches.at(space, key)) {
        if (isWatched(action, role, watch.terms, this.#deps.settings)) found.push(watch);
      }
    }
    return found;
  }

  async #allowed(action: StoredAction, watches: readonly Watch[]): Promise<Watch[]> {
    const viewers = watches.map((watch) => viewerOf(watch.socket.data.principal));
    const users = [...new Set(viewers.flatMap((viewer) => viewer ?? []))];
    const may = new Set<string>();
    for (let start = 0; start < users.length; start += ASKED) {
      const some = users.slice(start, start + ASKED);
      for (const user of (await this.#deps.handlers.visibleTo(action, some)) ?? []) may.add(user);
    }
    return watches.filter((_, index) => {
      const viewer = viewers[index] ?? null;
      return viewer === null || may.has(viewer);
    });
  }

  #push(watch: Watch, action: StoredAction): void {
    const { held, socket, id } = watch;
    if (watch.isEnded) return;
    if (held) {
      held.isTooMuch ||= held.actions.size >= MOST_HELD;
      if (!held.isTooMuch) held.actions.set(action.id, action);
      return;
    }
    if (!this.#deps.slow.admit(socket)) return;
    const { principal, locale } = socket.data;
    const view = { handlers: this.#deps.handlers, locale, user: viewerOf(principal) ?? undefined };
    socket.emit('watch:action', { watch: id, action: presentAction(action, view) });
  }

  #remove(watch: Watch, ids: string[]): void {
    const { held, socket, id } = watch;
    if (watch.isEnded) return;
    if (held) {
      held.isTooMuch ||= held.removed.size + ids.length > MOST_HELD;
      for (const gone of held.isTooMuch ? [] : ids) held.removed.add(gone);
      return;
    }
    if (this.#deps.slow.admit(socket)) socket.emit('watch:removed', { watch: id, ids });
  }

  #add(socket: HubSocket, terms: WatchTerms): Watch {
    // Its token may have been renewed since.
    checkReads(socket.data.principal, terms.object);
    if (this.#watches.of(socket).length >= limits.watches) {
      throw new HubError('unprocessable', `a connection watches at most ${limits.watches} objects`);
    }
    const held = { actions: new Map(), removed: new Set<string>(), isTooMuch: false };
    const watch: Watch = { id: this.#deps.newId(), socket, terms, held, isEnded: !socket.connected };
    // Of a connection that went meanwhile nobody would end it.
    if (!watch.isEnded) this.#watches.add(watch);
    return watch;
  }

  /** The answer is sent: tells what happened meanwhile, and before that what went since the position asked from. */
  #goLive(watch: Watch, removed: string[]): void {
    const { held, socket } = watch;
    watch.held = null;
    if (!held || watch.isEnded) return;
    if (removed.length > 0) this.#remove(watch, removed);
    for (const action of held.actions.values()) this.#push(watch, action);
    if (held.removed.size > 0) this.#remove(watch, [...held.removed]);
    if (held.isTooMuch && this.#deps.slow.admit(socket)) socket.emit('feed:stale', {});
  }

  #missed(space: string): void {
    for (const socket of this.#watches.sockets(space)) {
      if (this.#deps.slow.admit(socket)) socket.emit('feed:stale', {});
    }
  }
}
