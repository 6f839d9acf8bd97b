import type { WatchTerms } from '../../core/actions/watch.ts';
import { keyOf } from '../../core/keys.ts';
import type { StoredAction } from '../../core/model.ts';
import type { HubSocket } from '../sockets/types.ts';

/** What happened while the answer was being read. */
export interface Held {
  actions: Map<string, StoredAction>;
  removed: Set<string>;
  isTooMuch: boolean;
}

/**
 * A watch is **reading**, from before its answer is read until that is sent, when what happens meanwhile is held back;
 * then **live**, when it is pushed at once; then **ended**: by `unwatch`, with its connection, or by a renewed token
 * that does not allow it.
 */
export interface Watch {
  readonly id: string;
  readonly socket: HubSocket;
  readonly terms: WatchTerms;
  held: Held | null;
  isEnded: boolean;
}

const placeOf = (space: string, key: string): string => `${space}/${key}`;
const placeOfWatch = ({ socket, terms }: Watch): string =>
  placeOf(socket.data.principal.space, keyOf(terms.object));

/** The watches of this gateway, by connection and by what is watched. */
export class Watches {
  readonly #byPlace = new Map<string, Set<Watch>>();
  readonly #bySocket = new Map<HubSocket, Map<string, Watch>>();

  add(watch: Watch): void {
    const own = this.#bySocket.get(watch.socket) ?? new Map<string, Watch>();
    this.#bySocket.set(watch.socket, own.set(watch.id, watch));
    const place = placeOfWatch(watch);
    this.#byPlace.set(place, (this.#byPlace.get(place) ?? new Set()).add(watch));
  }

  end(watch: Watch): void {
    watch.isEnded = true;
    const own = this.#bySocket.get(watch.socket);
    own?.delete(watch.id);
    if (own?.size === 0) this.#bySocket.delete(watch.socket);
    const place = placeOfWatch(watch);
    const there = this.#byPlace.get(place);
    there?.delete(watch);
    if (there?.size === 0) this.#byPlace.delete(place);
  }

  of(socket: HubSocket): Watch[] {
    return [...(this.#bySocket.get(socket)?.values() ?? [])];
  }

  get(socket: HubSocket, id: string): Watch | undefined {
    return this.#bySocket.get(socket)?.get(id);
  }

  /** Those of an object, by its key. */
  at(space: string, key: string): Iterable<Watch> {
    return this.#byPlace.get(placeOf(space, key)) ?? [];
  }

  /** Connections that watch something. */
  sockets(space: string): HubSocket[] {
    return [...this.#bySocket.keys()].filter((socket) => socket.data.principal.space === space);
  }

  get isEmpty(): boolean {
    return this.#bySocket.size === 0;
  }
}
