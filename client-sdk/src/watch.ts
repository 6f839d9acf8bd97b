import type { Action, WatchInput } from '../../protocol/entities.ts';
import { listen } from './arrivals.ts';
import type { Calls } from './caller.ts';
import type { HubError } from './error.ts';
import { changes, Sync } from './feed/sync.ts';
import { kept } from './kept.ts';
import { type Schedule, Subscribable } from './subscribable.ts';

/**
 * - loading: the first answer is on its way
 * - ready: what is shown is current while the connection is up
 * - error: the last attempt failed, see `error`; what is shown may be old
 * - closed: nothing changes any more
 */
export type WatchStatus = 'loading' | 'ready' | 'error' | 'closed';

/** What listeners see: immutable, and the same object until something in it changes. */
export interface WatchSnapshot {
  /** Newest first. */
  readonly items: readonly Action[];
  readonly status: WatchStatus;
  readonly error: HubError | null;
}

type Arrival = { watch: string } & ({ action: Action } | { ids: string[] });

export interface WatchOptions {
  /** When listeners hear of changes; whatever happens until then they hear of at once. Default: the next task. */
  schedule?: Schedule;
  /** Told when the watch is closed. */
  closed?: (watch: Watch) => void;
}

/** Actions kept; of more, the newest: an open page must not grow for ever. */
const mostKept = 1_000;
/** Pushes that may come before the answer that names their watch. */
const mostEarly = 1_000;

/**
 * The actions about an object, live, without following it. It begins at once, and after a broken connection goes on
 * with what was missed, until it is closed.
 */
export class Watch extends Subscribable {
  readonly #calls: Calls;
  readonly #input: Omit<WatchInput, 'position'>;
  readonly #options: WatchOptions;
  readonly #sync: Sync;
  readonly #mute: () => void;
  /** The hub's name for it; null: none at the moment. */
  #id: string | null = null;
  #position: string | undefined;
  #early: Arrival[] = [];
  #snapshot: WatchSnapshot = Object.freeze({ items: [], status: 'loading', error: null });

  constructor(calls: Calls, input: WatchInput, options: WatchOptions = {}) {
    super();
    const { position, ...watched } = input;
    this.#calls = calls;
    this.#input = watched;
    this.#position = position;
    this.#options = options;
    this.#sync = new Sync({
      fetch: () => this.#ask(),
      failed: (error) => this.#change({ status: 'error', error }),
      isReady: () => calls.isReady,
    });
    const begin = (): void => void this.#sync.want(changes);
    this.#mute = listen(calls.socket, {
      connect: begin,
      connect_error: begin,
      // A watch ends with its connection.
      disconnect: () => {
        this.#id = null;
        begin();
      },
      'feed:stale': begin,
      'watch:action': (push) => this.#arrived(push),
      'watch:removed': (push) => this.#arrived(push),
    });
    begin();
  }

  /** What is known now: immutable, and the same object until something in it changes. */
  getSnapshot(): WatchSnapshot {
    return this.#snapshot;
  }

  /** Ends it for good. */
  close(): void {
    if (this.#snapshot.status === 'closed') return;
    this.#mute();
    this.#sync.stop();
    this.#change({ status: 'closed', error: null });
    this.#leave();
    this.#options.closed?.(this);
  }

  #arrived(push: Arrival): void {
    if (push.watch === this.#id) {
      const { items } = this.#snapshot;
      this.#change({ items: 'action' in push ? merged(items, [push.action]) : without(items, push.ids) });
      // Perhaps its name is in an answer that has arrived and was not looked at yet.
    } else if (this.#id === null && this.#early.length < mostEarly) this.#early.push(push);
  }

  async #ask(): Promise<void> {
    this.#leave();
    this.#early = [];
    const before = this.#position;
    const answer = await this.#calls.call('watch', { ...this.#input, position: before });
    const { watch, items, position, reset } = answer;
    this.#id = watch;
    if (this.#snapshot.status === 'closed') return this.#leave();
    this.#position = position;
    const known = before === undefined || reset ? [] : this.#snapshot.items;
    this.#change({ items: merged(known, items), status: 'ready', error: null });
    for (const each of this.#early.splice(0)) this.#arrived(each);
  }

  /** What comes of it until the hub has heard is not listened to any more. */
  #leave(): void {
    const watch = this.#id;
    this.#id = null;
    if (watch === null || !this.#calls.socket.connected) return;
    // Where it fails the connection is gone, and the watch with it.
    this.#calls.call('unwatch', { watch }).catch(() => undefined);
  }

  #change(change: Partial<WatchSnapshot>): void {
    const snapshot = kept({ ...this.#snapshot, ...change }, this.#snapshot);
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
    this.notifyLater(this.#options.schedule);
  }
}

/** An action that stands for fewer than is known is an older state of it. */
function merged(known: readonly Action[], changed: readonly Action[]): readonly Action[] {
  if (changed.length === 0) return known;
  const byId = new Map(known.map((action) => [action.id, action]));
  for (const action of changed) {
    if ((byId.get(action.id)?.count ?? 0) <= action.count) byId.set(action.id, action);
  }
  return [...byId.values()].sort((a, b) => (heightOf(a) > heightOf(b) ? -1 : 1)).slice(0, mostKept);
}

function without(known: readonly Action[], ids: readonly string[]): readonly Action[] {
  const gone = new Set(ids);
  const left = known.filter((action) => !gone.has(action.id));
  return left.length === known.length ? known : left;
}

/** Greater is newer. Times are all of one length. */
const heightOf = ({ timestamp, id }: Action): string => timestamp + id;
