import type { WatchTerms } from '../../core/actions/watch.ts';
import type { StoredAction } from '../../core/model/entities.ts';
import { keyOf } from '../../core/model/keys.ts';
import type { HubSocket } from '../sockets/types.ts';

interface BufferedChanges {
  actions: Map<string, StoredAction>;
  removed: Set<string>;
  isOverflowed: boolean;
}

/**
 * A watch is **reading** until its response is sent: changes are buffered. Then it is **live**: changes are pushed at once. It
 * **ends** by `unwatch`, with its connection, or when a renewed token does not allow it.
 */
export interface Watch {
  readonly id: string;
  readonly socket: HubSocket;
  readonly terms: WatchTerms;
  buffered: BufferedChanges | null;
  isEnded: boolean;
}

const objectKey = (space: string, key: string): string => `${space}/${key}`;
const objectKeyOf = ({ socket, terms }: Watch): string =>
  objectKey(socket.data.principal.space, keyOf(terms.object));

/** The watches of this gateway, indexed by socket and by object. */
export class Watches {
  readonly #byObject = new Map<string, Set<Watch>>();
  readonly #bySocket = new Map<HubSocket, Map<string, Watch>>();

  add(watch: Watch): void {
    const socketWatches = this.#bySocket.get(watch.socket) ?? new Map<string, Watch>();
    this.#bySocket.set(watch.socket, socketWatches.set(watch.id, watch));
    const key = objectKeyOf(watch);
    this.#byObject.set(key, (this.#byObject.get(key) ?? new Set()).add(watch));
  }

  end(watch: Watch): void {
    watch.isEnded = true;
    const socketWatches = this.#bySocket.get(watch.socket);
    socketWatches?.delete(watch.id);
    if (socketWatches?.size === 0) this.#bySocket.delete(watch.socket);
    const key = objectKeyOf(watch);
    const objectWatches = this.#byObject.get(key);
    objectWatches?.delete(watch);
    if (objectWatches?.size === 0) this.#byObject.delete(key);
  }

  forSocket(socket: HubSocket): Watch[] {
    return [...(this.#bySocket.get(socket)?.values() ?? [])];
  }

  get(socket: HubSocket, id: string): Watch | undefined {
    return this.#bySocket.get(socket)?.get(id);
  }

  forObject(space: string, key: string): Iterable<Watch> {
    return this.#byObject.get(objectKey(space, key)) ?? [];
  }

  sockets(space: string): HubSocket[] {
    return [...this.#bySocket.keys()].filter((socket) => socket.data.principal.space === space);
  }

  get isEmpty(): boolean {
    return this.#bySocket.size === 0;
  }
}
