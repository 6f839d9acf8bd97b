import { Cluster } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Bus, BusMessage } from '../../core/ports/bus.ts';
import type { Logger } from '../log.ts';
import { type Channels, ServerChannels } from './channels.ts';
import type { RedisClient } from './connect.ts';
import { channelName } from './keys.ts';
import { busMessage } from './messages.ts';
import { ShardedChannels } from './sharded-channels.ts';
import type { Shards } from './shards.ts';
import { splitMessage } from './split-message.ts';

/** Channels of a cluster are sharded, so that a message reaches only the node that holds the space. */
const channelOf = (redis: RedisClient, shards: Shards, space: string): string =>
  redis instanceof Cluster ? shards.of(space).channelName(space) : channelName(redis.options.db ?? 0, space);

/** Returns how many subscribers get the message. */
export async function publish(
  redis: RedisClient,
  shards: Shards,
  space: string,
  text: string,
): Promise<number> {
  const channel = channelOf(redis, shards, space);
  if (redis instanceof Cluster) return Number(await redis.spublish(channel, text));
  return await redis.publish(channel, text);
}

export class RedisBus implements Bus {
  readonly #redis: RedisClient;
  readonly #shards: Shards;

  constructor(redis: RedisClient, shards: Shards) {
    this.#redis = redis;
    this.#shards = shards;
  }

  async publish(space: string, message: BusMessage): Promise<void> {
    // Sequential: subscribers read one part while the next is written.
    for (const part of splitMessage(message))
      await publish(this.#redis, this.#shards, space, JSON.stringify(part));
  }
}

interface BusListener {
  onMessage(space: string, message: BusMessage): void;
  /** Messages may have been missed. From now on they arrive again. */
  onGap(): void;
}

/** Keeps a space subscribed until it is released. */
export interface Subscription {
  subscribed: Promise<void>;
  /** Messages before `subscribed` may have been missed. */
  hadGap: boolean;
  release: () => void;
}

/** Unreadable messages within this time are one gap. */
const UNREADABLE_GAP_MS = 500;

/** Spaces that no one retains but which stay subscribed, for clients that return soon. */
export const MAX_IDLE_SPACES = 1_000;

/** Messages for connected clients only. They are long, and skipped for idle spaces. */
const PUSH_ONLY = /^\{"kind":"(?:items|removed|actions)"/;

interface Channel {
  subscribing: Promise<unknown>;
  /** Number of subscriptions that retain it. */
  retainCount: number;
}

/**
 * A gateway's subscriber. `redis` comes from `connectForSubscriptions`.
 *
 * A channel is **retained** while a caller needs it, then **idle**, and unsubscribed when too many others became idle since.
 */
export class BusSubscriber {
  readonly #channelName: (space: string) => string;
  readonly #listener: BusListener;
  readonly #log: Logger;
  readonly #connection: Channels;
  /** Subscribed channels, or channels being subscribed. */
  readonly #channels = new Map<string, Channel>();
  readonly #idle: LRUCache<string, true>;
  #gapTimer: NodeJS.Timeout | null = null;

  constructor(
    redis: RedisClient,
    shards: Shards,
    listener: BusListener,
    log: Logger,
    maxIdle = MAX_IDLE_SPACES,
  ) {
    this.#channelName = (space) => channelOf(redis, shards, space);
    this.#listener = listener;
    this.#log = log;
    this.#idle = new LRUCache({
      max: maxIdle,
      dispose: (_, space, reason) => {
        if (reason === 'evict') this.#unsubscribe(space);
      },
    });
    const channelListener = {
      onMessage: (channel: string, text: string) => this.#receive(channel, text),
      onGap: () => listener.onGap(),
    };
    this.#connection =
      redis instanceof Cluster
        ? new ShardedChannels(redis, channelListener, log)
        : new ServerChannels(redis, channelListener, log);
  }

  /** Resolves when messages of the space arrive. They keep arriving while it is retained, and for some time after. */
  async subscribe(space: string): Promise<void> {
    const channel = this.#channelOf(space);
    try {
      await channel.subscribing;
    } catch (error) {
      if (this.#channels.get(space) === channel) {
        this.#channels.delete(space);
        this.#idle.delete(space);
      }
      throw error;
    }
  }

  /**
   * Keeps the space subscribed until it is released. `subscribed` resolves as in `subscribe`: immediately if the space is
   * subscribed already. Otherwise `hadGap` is true.
   */
  retain(space: string): Subscription {
    const hadGap = !this.#channels.has(space);
    const channel = this.#channelOf(space);
    channel.retainCount += 1;
    this.#idle.delete(space);
    let isRetained = true;
    const release = () => {
      if (!isRetained) return;
      isRetained = false;
      channel.retainCount -= 1;
      if (channel.retainCount === 0 && this.#channels.get(space) === channel) this.#idle.set(space, true);
    };
    return { subscribed: this.subscribe(space), hadGap, release };
  }

  /** Returns false while messages of a subscribed space may be missed, until `onGap`. */
  isOpen(space: string): boolean {
    return this.#connection.isOpen(this.#channelName(space));
  }

  close(): void {
    this.#connection.close();
  }

  /** Number of subscribed channels. */
  get size(): number {
    return this.#channels.size;
  }

  #channelOf(space: string): Channel {
    const known = this.#channels.get(space);
    const channel = known ?? {
      subscribing: this.#connection.subscribe(this.#channelName(space)),
      retainCount: 0,
    };
    if (!known) this.#channels.set(space, channel);
    if (channel.retainCount === 0) this.#idle.set(space, true);
    return channel;
  }

  #unsubscribe(space: string): void {
    this.#channels.delete(space);
    this.#connection.unsubscribe(this.#channelName(space));
  }

  #receive(channel: string, text: string): void {
    try {
      const space = channel.slice(channel.lastIndexOf(':') + 1);
      if (PUSH_ONLY.test(text) && this.#idle.has(space)) return;
      this.#listener.onMessage(space, busMessage.parse(JSON.parse(text)));
    } catch (error) {
      this.#log.error({ err: error, channel }, 'cannot process bus message');
      // Such as one of another version. Clients request what it said. More of them may follow.
      this.#gapTimer ??= setTimeout(() => {
        this.#gapTimer = null;
        this.#listener.onGap();
      }, UNREADABLE_GAP_MS).unref();
    }
  }
}
