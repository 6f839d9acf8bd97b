/**
 * Asks all gateways who is connected (decision 54). The request is a message on the bus. Each gateway of the space appends one
 * reply to a list, which expires. Nothing is stored per connection.
 *
 *     worker    publishes the request, which returns the number of gateways · polls the list
 *     gateways                                    each appends its users
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { BusMessage } from '../../core/ports/bus.ts';
import type { ConnectedUsers } from '../../core/ports/connected-users.ts';
import type { Logger } from '../log.ts';
import { publish } from './bus.ts';
import type { RedisClient } from './connect.ts';
import { connectedReply } from './messages.ts';
import type { Shards } from './shards.ts';

/** Delay before each poll, doubled until the last. In total 127 ms, after which missing replies are not awaited. */
const FIRST_POLL_MS = 1;
const LAST_POLL_MS = 64;
/** Replies that come too late expire. */
const REPLY_TTL_S = 5;
const MAX_REPLIES = 1_000;

type Request = BusMessage & { kind: 'whoIsConnected' };

/** The worker's side. */
export class RedisConnectedUsers implements ConnectedUsers {
  readonly #redis: RedisClient;
  readonly #shards: Shards;
  readonly #log: Logger;

  constructor(redis: RedisClient, shards: Shards, log: Logger) {
    this.#redis = redis;
    this.#shards = shards;
    this.#log = log;
  }

  async find(space: string, limit: number): Promise<readonly string[]> {
    try {
      return await this.#request(space, { kind: 'whoIsConnected', reply: randomUUID(), limit });
    } catch (error) {
      this.#log.warn({ err: error, space }, 'cannot find connected users');
      return [];
    }
  }

  async #request(space: string, request: Request): Promise<string[]> {
    const key = this.#shards.of(space).connectedUsersKey(space, request.reply);
    const users: string[] = [];
    let missing = await publish(this.#redis, this.#shards, space, JSON.stringify(request));
    // A command that blocks would need a connection of its own.
    for (let pause = FIRST_POLL_MS; missing > 0 && pause <= LAST_POLL_MS; pause *= 2) {
      await delay(pause);
      const replies = (await this.#redis.lpop(key, MAX_REPLIES)) ?? [];
      missing -= replies.length;
      for (const reply of replies)
        for (const user of connectedReply.parse(JSON.parse(reply))) users.push(user);
    }
    return users;
  }
}

/** The gateway's side. A gateway without such users replies as well, because the worker counts replies. */
export async function replyConnected(
  redis: RedisClient,
  shards: Shards,
  space: string,
  reply: string,
  users: readonly string[],
): Promise<void> {
  const key = shards.of(space).connectedUsersKey(space, reply);
  await redis.multi().rpush(key, JSON.stringify(users)).expire(key, REPLY_TTL_S).exec();
}
