/**
 * Measures the backlog, limits it, and computes how long a refused caller should wait.
 *
 * The accept script compares counters with limits (scripts/accept.lua). The counters are those of a shard, so each gateway adds
 * what the others held a second ago. The memory limit of Redis has no counter. Each gateway reads memory usage every second and
 * converts it into a limit on the backlog of each shard: its size at that moment plus its part of the server's free memory. The
 * counters are shared, so what other gateways accept before the next sample counts at once.
 */
import type { Limits } from '../../config/limits.ts';
import { runPeriodically } from '../periodic-run.ts';
import type { RedisClient } from './connect.ts';
import type { Shard } from './keys.ts';
import { defineScript, type Script } from './scripts.ts';
import type { Shards } from './shards.ts';

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
  /** Limit on bytes of the shard including the overhead of each action. `null`: no memory limit, or it is not known yet. */
  weightedBytes: number | null;
  /** What other shards hold. It counts for `actions` and `bytes`. */
  elsewhere: { actions: number; bytes: number };
}

export interface BacklogGuard {
  limits(shard: Shard): AcceptLimits;
  /** Milliseconds until about this many actions complete. */
  retryAfterMs(actions: number): number;
  /** Redis refused a write because it is out of memory. */
  outOfMemory(): void;
}

export type BacklogState = Awaited<ReturnType<Backlog['read']>>;

type Counters = Record<'actions' | 'bytes' | 'completed' | 'deadLetters', number>;

interface ShardSample extends Counters {
  /** Of the server that holds the shard; `null` if it has no limit. */
  memory: { used: number; limit: number } | null;
  /** The id of that server. */
  server: string;
}

/** The counters are those of all shards. */
interface Sample extends Counters {
  at: number;
  shards: ReadonlyMap<Shard, ShardSample>;
}

type SampleReply = [counters: string[], memoryInfo: string, serverInfo: string];

export class Backlog implements BacklogGuard {
  readonly #script: Script<SampleReply>;
  readonly #shards: Shards;
  readonly #bounds: Limits['backlog'];
  readonly #random: () => number;
  #lastSample: Sample | null = null;
  /** The sample that the next rate measurement starts from. */
  #rateStart: Sample | null = null;
  #sampling: Promise<Sample> | null = null;
  /** Actions completed per second; `null` until there are two samples. */
  #rate: number | null = null;

  constructor(
    redis: RedisClient,
    shards: Shards,
    bounds: Limits['backlog'],
    random: () => number = Math.random,
  ) {
    this.#script = defineScript(redis, 'sample-backlog');
    this.#shards = shards;
    this.#bounds = bounds;
    this.#random = random;
  }

  /** Samples now and every second until the returned function is called. */
  start(): () => void {
    return runPeriodically(SAMPLE_MS, () => this.sample(), ignore);
  }

  limits(shard: Shard): AcceptLimits {
    const sample = this.#lastSample;
    const own = sample?.shards.get(shard);
    const { actions, bytes, share } = this.#bounds;
    const shareOf = (total: number) => Math.max(1, Math.floor(total * share));
    return {
      actions,
      bytes,
      perSpace: { actions: shareOf(actions), bytes: shareOf(bytes) },
      weightedBytes: sample && own ? weightLimit(sample, own) : null,
      elsewhere:
        sample && own
          ? { actions: sample.actions - own.actions, bytes: sample.bytes - own.bytes }
          : { actions: 0, bytes: 0 },
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

  /** Returns the current state. `memory`: the used share of the memory limit of the fullest server; `null` if none has a limit. */
  async read() {
    const { actions, bytes, shards } = await this.sample();
    const { actions: actionsLimit, bytes: bytesLimit } = this.#bounds;
    const shares = [...shards.values()].flatMap(({ memory }) => (memory ? memory.used / memory.limit : []));
    const memory = shares.length > 0 ? Math.max(...shares) : null;
    return { actions, actionsLimit, bytes, bytesLimit, memory };
  }

  /** Returns how many batches were ever moved to dead letters. */
  async deadLetters(): Promise<number> {
    return (await this.sample()).deadLetters;
  }

  /** Concurrent callers share a sample. */
  sample(): Promise<Sample> {
    this.#sampling ??= this.#takeSample().finally(() => {
      this.#sampling = null;
    });
    return this.#sampling;
  }

  async #takeSample(): Promise<Sample> {
    const sampled = await Promise.all(
      this.#shards.all.map(async (shard) => [shard, await this.#sampleOf(shard)] as const),
    );
    const totals = countersOf((name) => sampled.reduce((total, [, each]) => total + each[name], 0));
    const sample = { at: performance.now(), shards: new Map(sampled), ...totals };
    this.#measure(sample);
    this.#lastSample = sample;
    return sample;
  }

  async #sampleOf(shard: Shard): Promise<ShardSample> {
    const [counters, memoryInfo, serverInfo] = await this.#script(shard, [shard.backlogKey]);
    return {
      ...countersOf((_, index) => Number(counters[index])),
      memory: memoryOf(memoryInfo),
      server: /^run_id:(\w+)/m.exec(serverInfo)?.[1] ?? '',
    };
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
}

/** The shards of a server share its free memory equally. Each sample divides what is left. */
function weightLimit({ shards }: Sample, { actions, bytes, memory, server }: ShardSample): number | null {
  if (!memory) return null;
  const sharers = [...shards.values()].filter((each) => each.server === server).length;
  const headroom = Math.min(memory.limit * HEADROOM.share, HEADROOM.bytes);
  const room = (memory.limit - headroom - memory.used) / ALLOCATION_FACTOR;
  return Math.max(0, Math.floor(bytes + actions * ACTION_OVERHEAD + room / sharers));
}

const countersOf = (read: (name: keyof Counters, index: number) => number): Counters => ({
  actions: read('actions', 0),
  bytes: read('bytes', 1),
  completed: read('completed', 2),
  deadLetters: read('deadLetters', 3),
});

/** A failed sample changes nothing. */
const ignore = (): undefined => undefined;

/** `null` if Redis has no limit. */
function memoryOf(info: string): ShardSample['memory'] {
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const limit = field('maxmemory');
  // Buffers of replicas and of the append-only file do not count against the limit.
  const used = field('used_memory') - field('mem_not_counted_for_evict');
  return limit > 0 ? { used, limit } : null;
}
