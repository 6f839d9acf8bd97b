import type { Redis } from 'ioredis';
import type { Bus, BusMessage } from '../../core/ports/bus.ts';
import type { Logger } from '../log.ts';
import { channelOf } from './keys.ts';
import { busMessage } from './messages.ts';

const databaseOf = (redis: Redis): number => redis.options.db ?? 0;

export class RedisBus implements Bus {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async publish(space: string, message: BusMessage): Promise<void> {
    await this.#redis.publish(channelOf(databaseOf(this.#redis), space), JSON.stringify(message));
  }
}

export interface BusListener {
  onMessage(space: string, message: BusMessage): void;
  /** Messages may have been missed; by now they arrive again. */
  onGap(): void;
}

/**
 * A gateway's ear. States: **open**; **broken**, from the loss of the connection until every channel is
 * subscribed again, when `onGap` is told. `redis` must be a connection of its own with `autoResubscribe: false`.
 */
export class BusSubscriber {
  readonly #redis: Redis;
  readonly #listener: BusListener;
  readonly #log: Logger;
  readonly #spaces = new Map<string, Promise<unknown>>();

  constructor(redis: Redis, listener: BusListener, log: Logger) {
    this.#redis = redis;
    this.#listener = listener;
    this.#log = log;
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

  /** Resolves when messages of the space arrive. A space stays subscribed. */
  async join(space: string): Promise<void> {
    const known = this.#spaces.get(space);
    if (known) return void (await known);
    const joining = this.#redis.subscribe(channelOf(databaseOf(this.#redis), space));
    this.#spaces.set(space, joining);
    try {
      await joining;
    } catch (error) {
      this.#spaces.delete(space);
      throw error;
    }
  }

  async #repair(): Promise<void> {
    try {
      for (const space of this.#spaces.keys())
        await this.#redis.subscribe(channelOf(databaseOf(this.#redis), space));
      this.#listener.onGap();
    } catch (error) {
      // The connection went again; the next `ready` starts over.
      this.#log.warn({ err: error }, 'could not subscribe again');
    }
  }

  #receive(channel: string, text: string): void {
    try {
      const space = channel.slice(channel.lastIndexOf(':') + 1);
      this.#listener.onMessage(space, busMessage.parse(JSON.parse(text)));
    } catch (error) {
      this.#log.error({ err: error, channel }, 'a message between processes could not be handled');
    }
  }
}
