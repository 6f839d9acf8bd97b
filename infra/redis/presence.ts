import type { Redis } from 'ioredis';
import { workersKey } from './keys.ts';

/** Each worker shows this often that it lives. */
export const BEAT_MS = 500;
/** Beats of one's own during which another worker showed none: then it is dead, or stopped. */
const MISSED = 4;
/** It is reported this often: what it had under way is taken over by then. */
const REPORTED = 4;
/** After so many it is taken off the list. */
const FORGOTTEN = 240;
const GONE = 'gone';

/** KEYS: 1 the workers. ARGV: 1 this one. Begins with a removal, so that it works at Redis's memory limit. */
const beatScript = `
redis.call('HDEL', KEYS[1], '')
local beat = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], (tonumber(beat or '0') or 0) + 1)
return redis.call('HGETALL', KEYS[1])
`;

interface Scripts {
  hubbubBeat(workers: string, id: string): Promise<string[]>;
}

/**
 * Which workers live. A worker counts its beats in Redis; the others watch whether the count moves, each by its own beats. No
 * clock is compared with another, and while Redis is unavailable nobody counts, so an outage makes nobody look dead.
 */
export class Presence {
  readonly #redis: Redis & Scripts;
  readonly #id: string;
  readonly #seen = new Map<string, { beat: string; missed: number }>();

  /** `id` must not be empty, and no other process may have it. */
  constructor(redis: Redis, id: string) {
    redis.defineCommand('hubbubBeat', { numberOfKeys: 1, lua: beatScript });
    this.#redis = redis as Redis & Scripts;
    this.#id = id;
  }

  /** To be called every `BEAT_MS`. Returns the ids of workers that died or left. */
  async beat(): Promise<string[]> {
    const found = await this.#redis.hubbubBeat(workersKey, this.#id);
    const beats = new Map(found.flatMap((id, at) => (at % 2 === 0 ? [[id, found[at + 1] ?? '']] : [])));
    for (const id of this.#seen.keys()) if (!beats.has(id)) this.#seen.delete(id);
    const dead: string[] = [];
    for (const [id, beat] of beats) {
      if (id === this.#id) continue;
      const seen = this.#seen.get(id);
      const first = beat === GONE ? MISSED : 0;
      const missed = seen?.beat === beat ? seen.missed + 1 : first;
      this.#seen.set(id, { beat, missed });
      if (missed >= MISSED && missed < MISSED + REPORTED) dead.push(id);
      if (missed >= FORGOTTEN) await this.#redis.hdel(workersKey, id);
    }
    return dead;
  }

  /** Others may take over at once whatever this worker has not finished. */
  async leave(): Promise<void> {
    await this.#redis.hset(workersKey, this.#id, GONE);
  }
}
