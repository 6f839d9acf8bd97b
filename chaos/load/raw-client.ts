/** A raw Socket.IO client: no SDK, its own reconnection, over WebSocket or long polling. */
import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { FeedItem } from '../../protocol/entities.ts';
import type { Ack, ClientToServerEvents, ServerToClientEvents } from '../../protocol/sockets.ts';
import { userToken } from '../system/tokens.ts';
import { FeedCopy } from './feed-copy.ts';

const ANSWER_MS = 8_000;
const PAUSE_MS = 500;

type Transport = 'websocket' | 'polling';

export class RawClient {
  readonly user: string;
  readonly #socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  readonly #copy: FeedCopy;
  #isSyncing = false;
  #isWanted = false;
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
    const copy = new FeedCopy({
      list: (query) => this.#ask((ack) => this.#socket.timeout(ANSWER_MS).emit('feed:list', query, ack)),
      changes: (query) =>
        this.#ask((ack) => this.#socket.timeout(ANSWER_MS).emit('feed:changes', query, ack)),
    });
    this.#copy = copy;
    this.#socket
      .on('connect', () => void this.#sync())
      .on('feed:item', (push) => copy.item(push))
      .on('feed:removed', (push) => copy.removed(push))
      .on('feed:marked', (push) => copy.marked(push))
      .on('feed:stale', () => void this.#sync())
      .on('feed:reset', () => {
        copy.forget();
        void this.#sync();
      });
  }

  items(): FeedItem[] {
    return this.#copy.items();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.disconnect();
  }

  async #sync(): Promise<void> {
    this.#isWanted = true;
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    while (this.#isWanted && !this.#isClosed && this.#socket.connected) {
      this.#isWanted = false;
      await this.#copy.sync().catch(async () => {
        this.#isWanted = true;
        await sleep(PAUSE_MS);
      });
    }
    this.#isSyncing = false;
  }

  #ask<T>(send: (ack: (error: Error | null, answer: Parameters<Ack<T>>[0]) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      send((error, answer) => {
        if (error) reject(error);
        else if (answer.ok) resolve(answer.data);
        else reject(new Error(answer.error.message));
      });
    });
  }
}
