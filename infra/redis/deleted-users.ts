/**
 * Deleted users, in Redis, for when the database is unavailable. The set of a space is **complete** if it contains the empty
 * name, which no user has. After Redis lost its memory the set is incomplete until a gateway fills it from the database.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { deletedUsersKey } from './keys.ts';
import { loadScript } from './scripts.ts';

const COMPLETE = '';
/** An unfinished fill, whose process crashed, expires after this. */
const FILL_TTL_MS = 600_000;

interface Scripts {
  hubbubDeletedUsers(set: string, filling: string, count: number): Promise<number>;
}

export class RedisDeletedUsers {
  readonly #redis: Redis & Scripts;

  constructor(redis: Redis) {
    redis.defineCommand('hubbubDeletedUsers', { numberOfKeys: 2, lua: loadScript('complete-deleted-users') });
    this.#redis = redis as Redis & Scripts;
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
    await this.#redis.hubbubDeletedUsers(deletedUsersKey(space), filling, count);
  }
}
