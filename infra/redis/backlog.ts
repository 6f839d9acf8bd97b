/**
 * Measures the backlog, limits it, and computes how long a refused caller should wait.
 *
 * The accept script compares counters with limits (scripts/accept.lua). The memory limit of Redis has no counter. Each gateway
 * reads memory usage every second and converts it into a limit on the backlog: its size at that moment plus the free memory.
 * The counter is shared, so what other gateways accept before the next sample counts at once.
 */
import type { Redis } from 'ioredis';
import type { Limits } from '../../config/limits.ts';
import { runPeriodically } from '../periodic-run.ts';
import { backlogKey } from './keys.ts';

/** Bytes that a pending action takes in Redis besides its body: an entry, an id, and an idempotency key. */
export const ACTION_OVERHEAD = 512;

const SAMPLE_MS = 1_000;
/** Memory that stays free for workers' writes: this share of the limit, at most this many bytes. */
const HEADROOM = { share: 0.25, bytes: 536_870_912 };
/** Bytes that Redis allocates for each byte stored, at worst. */
const ALLOCATION_FACTOR = 1.25;
/** Smoothing factor of the completion rate. */
const RATE_SMOOTHING = 0.3;
/** Wait of a refused caller, in ms: bounds, the default for an unknown rate, and the random spread. */
const RETRY_AFTER = { min: 1_000, max: 30_000, default: 5_000, jitter: 0.5 };

interface AcceptLimits {
  actions: number;
  bytes: number;
  perSpace: { actions: number; bytes: number };
  /** Limit on bytes including the overhead of each action. `null`: Redis has no memory limit, or it is not known yet. */
  weightedBytes: number | null;
}

export interface BacklogGuard {
  limits(): AcceptLimits;
  /** Milliseconds until about this many actions complete. */
  retryAfterMs(actions: number): number;
  /** Redis refused a write because it is out of memory. */
  outOfMemory(): void;
}

export type BacklogState = Awaited<ReturnType<Backlog['read']>>;

interface Sample {
  at: number;
  actions: number;
  bytes: number;
  completed: number;
  memory: { used: number; limit: number } | null;
}

export class Backlog implements BacklogGuard {
  readonly #redis: Redis;
  readonly #bounds: Limits['backlog'];
  readonly #random: () => number;
  #lastSample: Sample | null = null;
  /** The sample that the next rate measurement starts from. */
  #rateStart: Sample | null = null;
  #sampling: Promise<Sample> | null = null;
  /** Actions completed per second; `null` until there are two samples. */
  #rate: number | null = null;

  constructor(redis: Redis, bounds: Limits['backlog'], random: () => number = Math.random) {
    this.#redis = redis;
    this.#bounds = bounds;
    this.#random = random;
  }

  /** Samples now and every second until the returned function is called. */
  start(): () => void {
    return runPeriodically(SAMPLE_MS, () => this.sample(), ignore);
  }

  limits(): AcceptLimits {
    const { actions, bytes, share } = this.#bounds;
    const shareOf = (total: number) => Math.max(1, Math.floor(total * share));
    return {
      actions,
      bytes,
      perSpace: { actions: shareOf(actions), bytes: shareOf(bytes) },
      weightedBytes: this.#weightLimit(),
    };
  }

  retryAfterMs(actions: number): number {
    const expected = this.#rate ? (actions / this.#rate) * 1_000 : RETRY_AFTER.default;
    const bounded = Math.min(RETRY_AFTER.max, Math.max(RETRY_AFTER.min, expected));
    return Math.ceil(bounded * (1 + RETRY_AFTER.jitter * this.#random()));
  }

  outOfMemory(): void {
    this.sample().catch(ignore);
  }

  /** Returns the current state. `memory`: the used share of Redis's memory limit; `null` if it has none. */
  async read() {
    const { actions, bytes, memory } = await this.sample();
    const { actions: actionsLimit, bytes: bytesLimit } = this.#bounds;
    return { actions, actionsLimit, bytes, bytesLimit, memory: memory && memory.used / memory.limit };
  }

  /** Concurrent callers share a sample. */
  sample(): Promise<Sample> {
    this.#sampling ??= this.#takeSample().finally(() => {
      this.#sampling = null;
    });
    return this.#sampling;
  }

  async #takeSample(): Promise<Sample> {
    // The counters first: actions accepted between the two reads count as used memory, which lowers the limit.
    const counted = this.#redis.hmget(backlogKey, 'actions', 'bytes', 'completed');
    const [counters, info] = await Promise.all([counted, this.#redis.info('memory')]);
    const [actions = 0, bytes = 0, completed = 0] = counters.map((value) => Number(value ?? 0));
    const sample = { at: performance.now(), actions, bytes, completed, memory: memoryOf(info) };
    this.#measure(sample);
    this.#lastSample = sample;
    return sample;
  }

  #measure(sample: Sample): void {
    const start = this.#rateStart;
    const seconds = start ? (sample.at - start.at) / 1_000 : 0;
    if (start && seconds < SAMPLE_MS / 2_000) return;
    this.#rateStart = sample;
    // A lower count means that Redis lost its data.
    if (!start || sample.completed < start.completed) return;
    const rate = (sample.completed - start.completed) / seconds;
    this.#rate = this.#rate === null ? rate : this.#rate * (1 - RATE_SMOOTHING) + rate * RATE_SMOOTHING;
  }

  #weightLimit(): number | null {
    if (!this.#lastSample?.memory) return null;
    const { actions, bytes, memory } = this.#lastSample;
    const headroom = Math.min(memory.limit * HEADROOM.share, HEADROOM.bytes);
    const room = (memory.limit - headroom - memory.used) / ALLOCATION_FACTOR;
    return Math.max(0, Math.floor(bytes + actions * ACTION_OVERHEAD + room));
  }
}

/** A failed sample changes nothing. */
const ignore = (): undefined => undefined;

/** `null` if Redis has no limit. */
function memoryOf(info: string): Sample['memory'] {
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const limit = field('maxmemory');
  // Buffers of replicas and of the append-only file do not count against the limit.
  const used = field('used_memory') - field('mem_not_counted_for_evict');
  return limit > 0 ? { used, limit } : null;
}
