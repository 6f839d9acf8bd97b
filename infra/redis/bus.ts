import type { Redis } from 'ioredis';
import type { Bus, BusMessage } from '../../core/ports/bus.ts';
import type { Logger } from '../log.ts';
import { channelOf } from './keys.ts';
import { busMessage } from './messages.ts';
import { piecesOf } from './pieces.ts';

const databaseOf = (redis: Redis): number => redis.options.db ?? 0;

export class RedisBus implements Bus {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async publish(space: string, message: BusMessage): Promise<void> {
    const channel = channelOf(databaseOf(this.#redis), space);
    // One after the other: subscribers read on while the next is written.
    for (const piece of piecesOf(message)) await this.#redis.publish(channel, JSON.stringify(piece));
  }
}

export interface BusListener {
  onMessage(space: string, message: BusMessage): void;
  /** Messages may have been missed; by now they arrive again. */
  onGap(): void;
}

/** What keeps a space subscribed. */
export interface Hold {
  joined: Promise<void>;
  /** Whether messages before `joined` were missed. */
  wasAway: boolean;
  release: () => void;
}

/** Channels named in one command. */
const TOGETHER = 500;

/** Spaces that nobody holds but which stay subscribed, for those who come back soon. */
export const MOST_IDLE_SPACES = 1_000;

/** What is only for clients who are connected. Of a space that nobody holds there are none, and such messages are long. */
const PUSHED = /^\{"kind":"(?:items|removed|actions)"/;

interface Channel {
  joining: Promise<unknown>;
  /** By how many it is held. */
  holds: number;
}

/**
 * A gateway's ear. States: **open**; **broken**, from the loss of the connection until every channel is
 * subscribed again, when `onGap` is told. `redis` must be a connection of its own with `autoResubscribe: false`.
 *
 * Of a channel: **held**, while somebody here needs it; **idle**; **left**, when too many others became idle since.
 */
export class BusSubscriber {
  readonly #redis: Redis;
  readonly #listener: BusListener;
  readonly #log: Logger;
  /** Subscribed, or about to be. */
  readonly #channels = new Map<string, Channel>();
  /** Those that nobody holds, in the order of their last use. */
  readonly #idle = new Set<string>();
  readonly #most: number;

  constructor(redis: Redis, listener: BusListener, log: Logger, most = MOST_IDLE_SPACES) {
    this.#redis = redis;
    this.#listener = listener;
    this.#log = log;
    this.#most = most;
    redis.on('message', (channel: string, text: string) => this.#receive(channel, text));
    let broken = false;
    redis.on('close', () => {
      broken = true;
    });
    redis.on('ready', () => {
      if (broken) void this.#repair();
      broken = false;
    });
  }

  /** Resolves when messages of the space arrive; they go on arriving while it is held, and for some time after. */
  async join(space: string): Promise<void> {
    const channel = this.#touch(space);
    try {
      await channel.joining;
    } catch (error) {
      if (this.#channels.get(space) === channel) this.#forget(space);
      throw error;
    }
  }

  /**
   * Keeps the space subscribed until it is released. `joined` is as `join`: at once where the space was joined before,
   * but for one that was left since, when `wasAway`.
   */
  hold(space: string): Hold {
    const wasAway = !this.#channels.has(space);
    const channel = this.#touch(space);
    channel.holds += 1;
    this.#idle.delete(space);
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      channel.holds -= 1;
      if (channel.holds === 0 && this.#channels.get(space) === channel) this.#becomesIdle(space);
    };
    return { joined: this.join(space), wasAway, release };
  }

  /** Channels subscribed now. */
  get size(): number {
    return this.#channels.size;
  }

  #touch(space: string): Channel {
    const known = this.#channels.get(space);
    const channel = known ?? { joining: this.#redis.subscribe(this.#nameOf(space)), holds: 0 };
    if (!known) this.#channels.set(space, channel);
    if (channel.holds === 0) this.#becomesIdle(space);
    return channel;
  }

  #becomesIdle(space: string): void {
    this.#idle.delete(space);
    this.#idle.add(space);
    const [longest] = this.#idle;
    if (longest === undefined || this.#idle.size <= this.#most) return;
    this.#forget(longest);
    // Commands of one connection are carried out in order: should it be joined again, that comes after this.
    this.#redis.unsubscribe(this.#nameOf(longest)).catch(() => undefined);
  }

  #forget(space: string): void {
    this.#channels.delete(space);
    this.#idle.delete(space);
  }

  #nameOf(space: string): string {
    return channelOf(databaseOf(this.#redis), space);
  }

  async #repair(): Promise<void> {
    try {
      const spaces = [...this.#channels.keys()];
      for (let start = 0; start < spaces.length; start += TOGETHER) {
        // Not those that were left meanwhile.
        const names = spaces
          .slice(start, start + TOGETHER)
          .flatMap((space) => (this.#channels.has(space) ? this.#nameOf(space) : []));
        if (names.length > 0) await this.#redis.subscribe(...names);
      }
      this.#listener.onGap();
    } catch (error) {
      // The connection went again; the next `ready` starts over.
      this.#log.warn({ err: error }, 'could not subscribe again');
    }
  }

  #receive(channel: string, text: string): void {
    try {
      const space = channel.slice(channel.lastIndexOf(':') + 1);
      if (PUSHED.test(text) && this.#idle.has(space)) return;
      this.#listener.onMessage(space, busMessage.parse(JSON.parse(text)));
    } catch (error) {
      this.#log.error({ err: error, channel }, 'a message between processes could not be handled');
    }
  }
}
