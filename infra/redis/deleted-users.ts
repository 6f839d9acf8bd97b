/**
 * Deleted users, in Redis, for when the database is unavailable. The set of a space is **complete** if it contains the empty
 * name, which no user has. After Redis lost its data the set is incomplete until a gateway fills it from the database.
 */
import { randomUUID } from 'node:crypto';
import type { RedisClient } from './connect.ts';
import { defineScript, type Script } from './scripts.ts';
import type { Shards } from './shards.ts';

const COMPLETE = '';
/** An unfinished fill, whose process crashed, expires after this. */
const FILL_TTL_MS = 600_000;

export class RedisDeletedUsers {
  readonly #redis: RedisClient;
  readonly #shards: Shards;
  readonly #complete: Script<number>;

  constructor(redis: RedisClient, shards: Shards) {
    this.#redis = redis;
    this.#shards = shards;
    this.#complete = defineScript(redis, 'complete-deleted-users');
  }

  async add(space: string, user: string): Promise<void> {
    await this.#redis.sadd(this.#keyOf(space), user);
  }

  /** `null` if the set is incomplete. */
  async has(space: string, user: string): Promise<boolean | null> {
    const [isMember, isComplete] = await this.#redis.smismember(this.#keyOf(space), user, COMPLETE);
    if (isMember === 1) return true;
    return isComplete === 1 ? false : null;
  }

  async isComplete(space: string): Promise<boolean> {
    return (await this.#redis.sismember(this.#keyOf(space), COMPLETE)) === 1;
  }

  /** `pages`: all deleted users of the space, each once. */
  async fill(space: string, pages: AsyncIterable<readonly string[]>): Promise<void> {
    const filling = `${this.#keyOf(space)}:${randomUUID()}`;
    let count = await this.#redis.sadd(filling, COMPLETE);
    await this.#redis.pexpire(filling, FILL_TTL_MS);
    for await (const users of pages) {
      if (users.length > 0) count += await this.#redis.sadd(filling, ...users);
    }
    await this.#complete(this.#shards.of(space), [this.#keyOf(space), filling], count);
  }

  #keyOf(space: string): string {
    return this.#shards.of(space).deletedUsersKey(space);
  }
}
