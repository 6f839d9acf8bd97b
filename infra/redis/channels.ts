/** The subscribed channels of a connection to one server. The gap rule is the same as in sharded-channels.ts. */
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';

export interface ChannelListener {
  onMessage(channel: string, text: string): void;
  /** Messages may have been missed. From now on they arrive again. */
  onGap(): void;
}

export interface Channels {
  /** Resolves when messages of the channel arrive. Until `unsubscribe`, the channel is subscribed again after each gap. */
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): void;
  /** Returns false while messages of a subscribed channel may be missed, until `onGap`. */
  isOpen(channel: string): boolean;
  /** Closes the connections that this opened. */
  close(): void;
}

/** Channels per command. */
export const BATCH_SIZE = 500;

/**
 * States: **open**; **broken**, from the loss of the connection until all channels are subscribed again, which calls `onGap`.
 * `redis` must be a dedicated connection with `autoResubscribe: false`.
 */
export class ServerChannels implements Channels {
  readonly #redis: Redis;
  readonly #listener: ChannelListener;
  readonly #log: Logger;
  readonly #names = new Set<string>();
  #isBroken = false;

  constructor(redis: Redis, listener: ChannelListener, log: Logger) {
    this.#redis = redis;
    this.#listener = listener;
    this.#log = log;
    redis.on('message', (channel: string, text: string) => listener.onMessage(channel, text));
    let wasDisconnected = false;
    redis.on('close', () => {
      wasDisconnected = true;
      this.#isBroken = true;
    });
    redis.on('ready', () => {
      if (wasDisconnected) void this.#resubscribe();
      wasDisconnected = false;
    });
  }

  async subscribe(channel: string): Promise<void> {
    this.#names.add(channel);
    try {
      await this.#redis.subscribe(channel);
    } catch (error) {
      this.#names.delete(channel);
      throw error;
    }
  }

  unsubscribe(channel: string): void {
    this.#names.delete(channel);
    // A connection executes commands in order, so a later subscribe takes effect after this.
    this.#redis.unsubscribe(channel).catch(() => undefined);
  }

  isOpen(channel: string): boolean {
    return !this.#isBroken && this.#names.has(channel);
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #resubscribe(): Promise<void> {
    try {
      const all = [...this.#names];
      for (let start = 0; start < all.length; start += BATCH_SIZE) {
        // Skip channels that were unsubscribed meanwhile.
        const names = all.slice(start, start + BATCH_SIZE).filter((name) => this.#names.has(name));
        if (names.length > 0) await this.#redis.subscribe(...names);
      }
      this.#isBroken = false;
      this.#listener.onGap();
    } catch (error) {
      // The connection was lost again. The next `ready` retries.
      this.#log.warn({ err: error }, 'cannot resubscribe; retrying on reconnect');
    }
  }
}
