import type { Action, WatchInput } from '../../../protocol/entities.ts';
import type { HubError } from '../../common/hub-error.ts';
import { changes, Sync } from './feed/sync.ts';
import { reuseIfEqual } from './reuse-if-equal.ts';
import type { RpcCalls } from './rpc-client.ts';
import { listen } from './socket-listeners.ts';
import { type Schedule, Subscribable } from './subscribable.ts';

/**
 * - loading: waiting for the first response
 * - ready: the items are current while the connection is up
 * - error: the last attempt failed, see `error`; the items may be out of date
 * - closed: the watch no longer updates
 */
export type WatchStatus = 'loading' | 'ready' | 'error' | 'closed';

/** An immutable snapshot. It stays the same object until something in it changes. */
export interface WatchSnapshot {
  /** Newest first. */
  readonly items: readonly Action[];
  readonly status: WatchStatus;
  readonly error: HubError | null;
}

type WatchPush = { watch: string } & ({ action: Action } | { ids: string[] });

export interface WatchOptions {
  /** When listeners are notified. All changes until then are coalesced. Default: in the next task. */
  schedule?: Schedule;
  /** Called when the watch is closed. */
  onClose?: (watch: Watch) => void;
}

/** The newest actions are kept, so that a long-lived page does not grow without bound. */
const maxItems = 1_000;
/** Pushes buffered before the response that contains the watch's id. */
const maxEarlyPushes = 1_000;

/**
 * The actions about an object, live, without following it. A watch starts immediately. After a broken connection it
 * fetches what it missed. It ends when it is closed.
 */
export class Watch extends Subscribable {
  readonly #rpc: RpcCalls;
  readonly #input: Omit<WatchInput, 'position'>;
  readonly #options: WatchOptions;
  readonly #sync: Sync;
  readonly #stopListening: () => void;
  /** The id that the hub assigned; null: not registered at the moment. */
  #id: string | null = null;
  #position: string | undefined;
  #earlyPushes: WatchPush[] = [];
  #snapshot: WatchSnapshot = Object.freeze({ items: [], status: 'loading', error: null });

  constructor(rpc: RpcCalls, input: WatchInput, options: WatchOptions = {}) {
    super();
    const { position, ...query } = input;
    this.#rpc = rpc;
    this.#input = query;
    this.#position = position;
    this.#options = options;
    this.#sync = new Sync({
      fetch: () => this.#fetch(),
      onError: (error) => this.#change({ status: 'error', error }),
      isReady: () => rpc.isReady,
    });
    const requestSync = (): void => void this.#sync.request(changes);
    this.#stopListening = listen(rpc.socket, {
      connect: requestSync,
      connect_error: requestSync,
      // A watch ends with its connection.
      disconnect: () => {
        this.#id = null;
        requestSync();
      },
      'feed:stale': requestSync,
      'watch:action': (push) => this.#applyPush(push),
      'watch:removed': (push) => this.#applyPush(push),
    });
    requestSync();
  }

  /** The current state: immutable, and the same object until something in it changes. */
  getSnapshot(): WatchSnapshot {
    return this.#snapshot;
  }

  /** Closes the watch permanently. */
  close(): void {
    if (this.#snapshot.status === 'closed') return;
    this.#stopListening();
    this.#sync.stop();
    this.#change({ status: 'closed', error: null });
    this.#unwatch();
    this.#options.onClose?.(this);
  }

  #applyPush(push: WatchPush): void {
    if (push.watch === this.#id) {
      const { items } = this.#snapshot;
      this.#change({
        items: 'action' in push ? mergeActions(items, [push.action]) : withoutIds(items, push.ids),
      });
      // Its id may be in a response that has arrived but is not processed yet.
    } else if (this.#id === null && this.#earlyPushes.length < maxEarlyPushes) this.#earlyPushes.push(push);
  }

  async #fetch(): Promise<void> {
    this.#unwatch();
    this.#earlyPushes = [];
    const previousPosition = this.#position;
    const response = await this.#rpc.call('watch', { ...this.#input, position: previousPosition });
    const { watch, items, position, reset } = response;
    this.#id = watch;
    if (this.#snapshot.status === 'closed') return this.#unwatch();
    this.#position = position;
    const current = previousPosition === undefined || reset ? [] : this.#snapshot.items;
    this.#change({ items: mergeActions(current, items), status: 'ready', error: null });
    for (const push of this.#earlyPushes.splice(0)) this.#applyPush(push);
  }

  /** Pushes that still arrive for the old id are ignored. */
  #unwatch(): void {
    const watch = this.#id;
    this.#id = null;
    if (watch === null || !this.#rpc.socket.connected) return;
    // If this fails, the connection is gone, and the watch with it.
    this.#rpc.call('unwatch', { watch }).catch(() => undefined);
  }

  #change(change: Partial<WatchSnapshot>): void {
    const snapshot = reuseIfEqual({ ...this.#snapshot, ...change }, this.#snapshot);
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
    this.notifyLater(this.#options.schedule);
  }
}

/** An action with a lower `count` than the known one is an older state of it. */
function mergeActions(current: readonly Action[], changed: readonly Action[]): readonly Action[] {
  if (changed.length === 0) return current;
  const byId = new Map(current.map((action) => [action.id, action]));
  for (const action of changed) {
    if ((byId.get(action.id)?.count ?? 0) <= action.count) byId.set(action.id, action);
  }
  return [...byId.values()].sort((a, b) => (sortKey(a) > sortKey(b) ? -1 : 1)).slice(0, maxItems);
}

function withoutIds(current: readonly Action[], ids: readonly string[]): readonly Action[] {
  const removedIds = new Set(ids);
  const remaining = current.filter((action) => !removedIds.has(action.id));
  return remaining.length === current.length ? current : remaining;
}

/** Greater is newer. All timestamps have the same length, so they compare as strings. */
const sortKey = ({ timestamp, id }: Action): string => timestamp + id;
