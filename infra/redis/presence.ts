import type { RedisClient } from './connect.ts';
import { FIRST_SHARD, workersKey } from './keys.ts';
import { defineScript, type Script } from './scripts.ts';

/** Interval of heartbeats. */
export const HEARTBEAT_MS = 500;
/** A worker that missed this many heartbeats, counted by those of the observer, is dead or stopped. */
const MAX_MISSED_BEATS = 4;
/** A dead worker is reported this many times. By then its jobs are taken over. */
const REPORTED_BEATS = 4;
/** A worker is removed after this many missed heartbeats. */
const EVICTED_BEATS = 240;
const LEFT = 'left';

/**
 * Detects dead workers. Each worker increments its heartbeat count in Redis. The others check that the count changes between
 * their own heartbeats. No clocks are compared. While Redis is unavailable no one counts, so an outage reports no one dead.
 */
export class Presence {
  readonly #redis: RedisClient;
  readonly #heartbeat: Script<string[]>;
  readonly #id: string;
  readonly #lastBeats = new Map<string, { beat: string; missed: number }>();

  /** `id` must be non-empty and unique to the process. */
  constructor(redis: RedisClient, id: string) {
    this.#redis = redis;
    this.#heartbeat = defineScript(redis, 'heartbeat');
    this.#id = id;
  }

  /** Call it every `HEARTBEAT_MS`. Returns the ids of workers that died or left. */
  async beat(): Promise<string[]> {
    const found = await this.#heartbeat(FIRST_SHARD, [workersKey], this.#id);
    const beats = new Map(
      found.flatMap((id, index) => (index % 2 === 0 ? [[id, found[index + 1] ?? '']] : [])),
    );
    for (const id of this.#lastBeats.keys()) if (!beats.has(id)) this.#lastBeats.delete(id);
    const dead: string[] = [];
    for (const [id, beat] of beats) {
      if (id === this.#id) continue;
      const previous = this.#lastBeats.get(id);
      const first = beat === LEFT ? MAX_MISSED_BEATS : 0;
      const missed = previous?.beat === beat ? previous.missed + 1 : first;
      this.#lastBeats.set(id, { beat, missed });
      if (missed >= MAX_MISSED_BEATS && missed < MAX_MISSED_BEATS + REPORTED_BEATS) dead.push(id);
      if (missed >= EVICTED_BEATS) await this.#redis.hdel(workersKey, id);
    }
    return dead;
  }

  /** Other workers may take over unfinished jobs of this worker immediately. */
  async leave(): Promise<void> {
    await this.#redis.hset(workersKey, this.#id, LEFT);
  }
}
