/**
 * Deleted users, in Redis, for when the database is unavailable. The set of a space is **complete** if it contains the empty
 * name, which no user has. After Redis lost its data the set is incomplete until a gateway fills it from the database.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { deletedUsersKey } from './keys.ts';
import { defineScript, type Script } from './scripts.ts';

const COMPLETE = '';
/** An unfinished fill, whose process crashed, expires after this. */
const FILL_TTL_MS = 600_000;

export class RedisDeletedUsers {
  readonly #redis: Redis;
  readonly #complete: Script<number>;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#complete = defineScript(redis, 'complete-deleted-users');
  }

  async add(space: string, user: string): Promise<void> {
    await this.#redis.sadd(deletedUsersKey(space), user);
  }

  /** `null` if the set is incomplete. */
  async has(space: string, user: string): Promise<boolean | null> {
    const [isMember, isComplete] = await this.#redis.smismember(deletedUsersKey(space), user, COMPLETE);
    if (isMember === 1) return true;
    return isComplete === 1 ? false : null;
  }

  async isComplete(space: string): Promise<boolean> {
    return (await this.#redis.sismember(deletedUsersKey(space), COMPLETE)) === 1;
  }

  /** `pages`: all deleted users of the space, each once. */
  async fill(space: string, pages: AsyncIterable<readonly string[]>): Promise<void> {
    const filling = `${deletedUsersKey(space)}:${randomUUID()}`;
    let count = await this.#redis.sadd(filling, COMPLETE);
    await this.#redis.pexpire(filling, FILL_TTL_MS);
    for await (const users of pages) {
      if (users.length > 0) count += await this.#redis.sadd(filling, ...users);
    }
    await this.#complete([deletedUsersKey(space), filling], count);
  }
}
