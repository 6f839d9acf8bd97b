/** Asks all gateways of a space who is connected (decision 54). Nothing is stored per connection. */
import type { ConnectedUsers } from '../../core/ports/connected-users.ts';
import type { Logger } from '../log.ts';
import type { RedisClient } from './connect.ts';
import { connectedReply } from './messages.ts';
import { requestReplies, sendReply } from './replies.ts';
import type { Shards } from './shards.ts';

/** After seven polls. */
const TIMEOUT_MS = 127;

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
      const options = { space, timeoutMs: TIMEOUT_MS };
      const replies = await requestReplies(this.#redis, this.#shards, options, (reply) => ({
        kind: 'whoIsConnected',
        reply,
        limit,
      }));
      return replies.flatMap((reply) => connectedReply.parse(JSON.parse(reply)));
    } catch (error) {
      this.#log.warn({ err: error, space }, 'cannot find connected users');
      return [];
    }
  }
}

/** The gateway's side. A gateway without such users replies as well. */
export const replyConnected = (
  redis: RedisClient,
  shards: Shards,
  space: string,
  reply: string,
  users: readonly string[],
): Promise<void> => sendReply(redis, shards, { space, reply }, JSON.stringify(users));
