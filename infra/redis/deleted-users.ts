/**
 * Which users were deleted, beside the database, for when that does not answer. A space's set is **complete** when it has the
 * empty name, which no user has. A Redis that lost its memory has an incomplete one, until a gateway fills it from the database.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { deletedUsersKey } from './keys.ts';

const COMPLETE = '';
/** A filling that was not finished, since its process died, goes after this. */
const FILLING_MS = 600_000;

/** KEYS: 1 the set, 2 what was filled. ARGV: how many it must be: fewer where Redis lost its memory meanwhile. */
const completeScript = `
if redis.call('SCARD', KEYS[2]) ~= tonumber(ARGV[1]) then return 0 end
redis.call('SUNIONSTORE', KEYS[1], KEYS[1], KEYS[2])
redis.call('DEL', KEYS[2])
return 1
`;

interface Scripts {
  hubbubDeletedUsers(set: string, filled: string, count: number): Promise<number>;
}

export class RedisDeletedUsers {
  readonly #redis: Redis & Scripts;

  constructor(redis: Redis) {
    redis.defineCommand('hubbubDeletedUsers', { numberOfKeys: 2, lua: completeScript });
    this.#redis = redis as Redis & Scripts;
  }

  async add(space: string, user: string): Promise<void> {
    await this.#redis.sadd(deletedUsersKey(space), user);
  }

  /** `null`: the set is not complete. */
  async has(space: string, user: string): Promise<boolean | null> {
    const [isMember, isComplete] = await this.#redis.smismember(deletedUsersKey(space), user, COMPLETE);
    if (isMember === 1) return true;
    return isComplete === 1 ? false : null;
  }

  async isComplete(space: string): Promise<boolean> {
    return (await this.#redis.sismember(deletedUsersKey(space), COMPLETE)) === 1;
  }

  /** `pages`: all users of the space that were deleted, each once. */
  async fill(space: string, pages: AsyncIterable<readonly string[]>): Promise<void> {
    const filling = `${deletedUsersKey(space)}:${randomUUID()}`;
    let count = await this.#redis.sadd(filling, COMPLETE);
    await this.#redis.pexpire(filling, FILLING_MS);
    for await (const users of pages) {
      if (users.length > 0) count += await this.#redis.sadd(filling, ...users);
    }
    await this.#redis.hubbubDeletedUsers(deletedUsersKey(space), filling, count);
  }
}
