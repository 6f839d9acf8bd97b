/**
 * How much waits for workers, how much may, and how long a caller who is refused should wait.
 *
 * The accept script compares counters with bounds (accept.ts). Redis's own memory limit is no counter: a gateway reads it every
 * second and turns it into a bound on what waits. What waits at that moment, plus what Redis has room for, may wait. The
 * counter is shared, so what other gateways accept until the next sample counts at once.
 */
import type { Redis } from 'ioredis';
import type { Bounds } from '../bounds.ts';
import { backlogKey } from './keys.ts';
import { ACTION_OVERHEAD } from './room.ts';

const SAMPLE_MS = 1_000;
/** The share of Redis's memory, and the most of it, that stays free for what workers write. */
const HEADROOM = { share: 0.25, bytes: 536_870_912 };
/** What Redis allocates for each byte it is given, at worst. */
const ALLOCATED = 1.25;
/** How much a sample of the rate counts against the earlier ones. */
const WEIGHT = 0.3;
/** How long a refused caller waits: bounds, where the rate is unknown, and by how much the times spread. */
const RETRY = { least: 1_000, most: 30_000, unknown: 5_000, spread: 0.5 };

export interface AcceptLimits {
  actions: number;
  bytes: number;
  ofSpace: { actions: number; bytes: number };
  /** Bytes that may wait, with the overhead of each action; `null`: Redis has no memory limit, or it is not known yet. */
  weight: number | null;
}

export interface BacklogGuard {
  limits(): AcceptLimits;
  /** Milliseconds until about so many actions have left. */
  retryAfterMs(actions: number): number;
  /** Redis refused a write for lack of memory. */
  outOfMemory(): void;
}

export interface BacklogState {
  actions: number;
  actionsLimit: number;
  bytes: number;
  bytesLimit: number;
  /** The share of its memory limit that Redis uses; `null` where it has none. */
  memory: number | null;
}

interface Sample {
  at: number;
  actions: number;
  bytes: number;
  settled: number;
  memory: { used: number; most: number } | null;
}

export class Backlog implements BacklogGuard {
  readonly #redis: Redis;
  readonly #bounds: Bounds['backlog'];
  readonly #random: () => number;
  #timer: NodeJS.Timeout | null = null;
  #last: Sample | null = null;
  /** From which the rate is measured next. */
  #measured: Sample | null = null;
  #sampling: Promise<Sample> | null = null;
  /** Actions per second that leave; `null` until two samples are there. */
  #rate: number | null = null;

  constructor(redis: Redis, bounds: Bounds['backlog'], random: () => number = Math.random) {
    this.#redis = redis;
    this.#bounds = bounds;
    this.#random = random;
  }

  /** Samples now and every second until `stop`. */
  start(): void {
    const next = async () => {
      await this.sample().catch(() => undefined);
      if (this.#timer) this.#timer = setTimeout(next, SAMPLE_MS);
    };
    this.#timer = setTimeout(next, 0);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  limits(): AcceptLimits {
    const { actions, bytes, share } = this.#bounds;
    const of = (most: number) => Math.max(1, Math.floor(most * share));
    return { actions, bytes, ofSpace: { actions: of(actions), bytes: of(bytes) }, weight: this.#weight() };
  }

  retryAfterMs(actions: number): number {
    const expected = this.#rate ? (actions / this.#rate) * 1_000 : RETRY.unknown;
    const bounded = Math.min(RETRY.most, Math.max(RETRY.least, expected));
    return Math.ceil(bounded * (1 + RETRY.spread * this.#random()));
  }

  outOfMemory(): void {
    this.sample().catch(() => undefined);
  }

  /** As it is now. */
  async read(): Promise<BacklogState> {
    const { actions, bytes, memory } = await this.sample();
    return {
      actions,
      actionsLimit: this.#bounds.actions,
      bytes,
      bytesLimit: this.#bounds.bytes,
      memory: memory && memory.used / memory.most,
    };
  }

  /** Callers that ask at once share a sample. */
  sample(): Promise<Sample> {
    this.#sampling ??= this.#take().finally(() => {
      this.#sampling = null;
    });
    return this.#sampling;
  }

  async #take(): Promise<Sample> {
    // In this order: what is accepted in between counts as used memory, and so lowers the bound rather than raising it.
    const counted = this.#redis.hmget(backlogKey, 'actions', 'bytes', 'settled');
    const [counters, info] = await Promise.all([counted, this.#redis.info('memory')]);
    const [actions = 0, bytes = 0, settled = 0] = counters.map((value) => Number(value ?? 0));
    const sample = { at: performance.now(), actions, bytes, settled, memory: memoryOf(info) };
    this.#measure(sample);
    this.#last = sample;
    return sample;
  }

  #measure(sample: Sample): void {
    const since = this.#measured;
    const seconds = since ? (sample.at - since.at) / 1_000 : 0;
    if (since && seconds < SAMPLE_MS / 2_000) return;
    this.#measured = sample;
    // Fewer than before: Redis lost its memory.
    if (!since || sample.settled < since.settled) return;
    const rate = (sample.settled - since.settled) / seconds;
    this.#rate = this.#rate === null ? rate : this.#rate * (1 - WEIGHT) + rate * WEIGHT;
  }

  #weight(): number | null {
    if (!this.#last?.memory) return null;
    const { actions, bytes, memory } = this.#last;
    const headroom = Math.min(memory.most * HEADROOM.share, HEADROOM.bytes);
    const room = (memory.most - headroom - memory.used) / ALLOCATED;
    return Math.max(0, Math.floor(bytes + actions * ACTION_OVERHEAD + room));
  }
}

/** `null` where Redis has no limit. */
function memoryOf(info: string): Sample['memory'] {
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const most = field('maxmemory');
  // Buffers of replicas and of the append-only file do not count against the limit.
  const used = field('used_memory') - field('mem_not_counted_for_evict');
  return most > 0 ? { used, most } : null;
}
