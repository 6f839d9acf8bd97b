/** A raw Socket.IO client: no SDK, its own reconnection, over WebSocket or long polling. */
import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { FeedItem } from '../../protocol/entities.ts';
import type { Ack, ClientToServerEvents, ServerToClientEvents } from '../../protocol/sockets.ts';
import { userToken } from '../system/tokens.ts';
import { FeedReplica } from './feed-replica.ts';
import { stayConnected } from './stay-connected.ts';

const RESPONSE_TIMEOUT_MS = 8_000;
const RETRY_MS = 500;

type Transport = 'websocket' | 'polling';

export class RawClient {
  readonly user: string;
  readonly #socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  readonly #replica: FeedReplica;
  readonly #disconnect: () => void;
  #isSyncing = false;
  #isSyncRequested = false;
  #isClosed = false;

  constructor(user: string, url: string, transport: Transport) {
    this.user = user;
    this.#socket = io(url, {
      auth: (send) => void userToken(user).then((token) => send({ token })),
      forceNew: true,
      transports: [transport],
      reconnectionDelay: 200,
      reconnectionDelayMax: 2_000,
      timeout: 5_000,
    });
    this.#disconnect = stayConnected(this.#socket, RETRY_MS);
    const replica = new FeedReplica({
      list: (query) =>
        this.#request((ack) => this.#socket.timeout(RESPONSE_TIMEOUT_MS).emit('feed:list', query, ack)),
      changes: (query) =>
        this.#request((ack) => this.#socket.timeout(RESPONSE_TIMEOUT_MS).emit('feed:changes', query, ack)),
    });
    this.#replica = replica;
    this.#socket
      .on('connect', () => void this.#sync())
      .on('feed:item', (push) => replica.item(push))
      .on('feed:removed', (push) => replica.removed(push))
      .on('feed:marked', (push) => replica.marked(push))
      .on('feed:stale', () => void this.#sync())
      .on('feed:reset', () => {
        replica.invalidate();
        void this.#sync();
      });
  }

  items(): FeedItem[] {
    return this.#replica.items();
  }

  close(): void {
    this.#isClosed = true;
    this.#disconnect();
  }

  async #sync(): Promise<void> {
    this.#isSyncRequested = true;
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    while (this.#isSyncRequested && !this.#isClosed && this.#socket.connected) {
      this.#isSyncRequested = false;
      await this.#replica.sync().catch(async () => {
        this.#isSyncRequested = true;
        await sleep(RETRY_MS);
      });
    }
    this.#isSyncing = false;
  }

  #request<T>(
    send: (ack: (error: Error | null, response: Parameters<Ack<T>>[0]) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      send((error, response) => {
        if (error) reject(error);
        else if (response.ok) resolve(response.data);
        else reject(new Error(response.error.message));
      });
    });
  }
}
