/**
 * Wake-ups: the fast way from an accepted action to a worker. When a partition of a space that does not lag gets its first entry,
 * the accept script appends it to a list in Redis. An idle worker blocks on that list, and processes the partition at once.
 *
 *     accept ──▶ wake-ups ──▶ claimed ──▶ empty, woken again, or handed to a batch job
 *
 * A wake-up is only a hint, so it needs no acknowledgement. A partition stays busy until its last entry is acknowledged, and polling
 * requests batch jobs for busy partitions. It skips those that wait for a worker, are claimed, or make progress. A worker claims a
 * partition that it processes for some time. A claim counts until some seconds after its last refresh, or until its worker dies. So
 * a lost wake-up delays its partition until the next poll.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { groupBy } from '../../core/model/group-by.ts';
import type { RedisClient } from './connect.ts';
import type { Shard } from './keys.ts';
import { defineScript } from './scripts.ts';
import type { Shards } from './shards.ts';

/** A claim counts for this long after it was made or refreshed. */
const CLAIM_MS = 5_000;
/** The longest time between taking a wake-up and claiming its partition, on a machine that is not overloaded. */
const CLAIM_DELAY_MS = 300;

export interface PartitionId {
  space: string;
  partition: number;
}

const defineScripts = (redis: RedisClient) => ({
  claim: defineScript<number>(redis, 'claim-wake-ups'),
  isClaimed: defineScript<number>(redis, 'is-claimed'),
  count: defineScript<[waiting: number, active: number]>(redis, 'count-woken'),
  findUnclaimed: defineScript<[unclaimed: string[], waiting: string[]]>(redis, 'unhandled-partitions'),
  releaseClaims: defineScript<string[]>(redis, 'release-claims'),
});

export class WakeUps {
  readonly #redis: RedisClient;
  readonly #shards: Shards;
  readonly #worker: string;
  readonly #scripts: ReturnType<typeof defineScripts>;
  /** Claims of this process, and how many calls hold each. */
  readonly #holders = new Map<string, number>();
  /** Partitions that waited at the last poll. */
  #waitedBefore = new Set<string>();

  /** `worker`: the id of this process if it claims partitions, without spaces. */
  constructor(redis: RedisClient, shards: Shards, worker = '') {
    this.#redis = redis;
    this.#shards = shards;
    this.#worker = worker;
    this.#scripts = defineScripts(redis);
  }

  /**
   * Runs work on partitions of one space, and records that meanwhile, from `claimAfterMs` on. When it returns, the claims are
   * released: a job that is requested then does not find them.
   */
  async withClaims<T>(
    space: string,
    partitions: readonly number[],
    work: () => Promise<T>,
    { claimAfterMs = 0 } = {},
  ): Promise<T> {
    const shard = this.#shards.of(space);
    const claims = partitions.map((partition) => `${space}.${partition} ${this.#worker}`);
    let isClaimed = false;
    const claim = () => {
      isClaimed = true;
      this.#hold(shard, claims);
    };
    const timer = claimAfterMs > 0 ? setTimeout(claim, claimAfterMs) : undefined;
    if (!timer) claim();
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      if (isClaimed) await this.#release(shard, claims);
    }
  }

  #hold(shard: Shard, claims: readonly string[]): void {
    for (const claim of claims) this.#holders.set(claim, (this.#holders.get(claim) ?? 0) + 1);
    // Not awaited: without a claim, another worker may process a partition as well, which is safe.
    this.#scripts.claim(shard, [shard.claimsKey], ...claims).catch(() => undefined);
  }

  /** An emptied partition may be woken and taken again, by this process too, before the work on all partitions ends. */
  async #release({ claimsKey }: Shard, claims: readonly string[]): Promise<void> {
    const released = claims.filter((claim) => {
      const holders = (this.#holders.get(claim) ?? 1) - 1;
      if (holders > 0) this.#holders.set(claim, holders);
      else this.#holders.delete(claim);
      return holders <= 0;
    });
    if (released.length > 0) await this.#redis.zrem(claimsKey, ...released).catch(() => undefined);
  }

  /** Wakes a worker for what is left in these partitions. */
  async wake(space: string, partitions: readonly number[]): Promise<void> {
    const names = partitions.map((partition) => `${space}.${partition}`);
    await this.#redis.rpush(this.#shards.of(space).wakeUpsKey, ...names);
  }

  /** Returns true if a worker processes the partition, in this process or another. */
  async isClaimed({ space, partition }: PartitionId): Promise<boolean> {
    const shard = this.#shards.of(space);
    const name = `${space}.${partition}`;
    return (await this.#scripts.isClaimed(shard, [shard.claimsKey], CLAIM_MS, name)) === 1;
  }

  /** Call it about once a second, so that claims of long work stay. */
  async refreshClaims(): Promise<void> {
    const byShard = groupBy([...this.#holders.keys()], (claim) =>
      this.#shards.of(parsePartition(claim.slice(0, claim.indexOf(' '))).space),
    );
    await Promise.all([...byShard].map(([shard, claims]) => this.#refresh(shard, claims)));
  }

  async #refresh(shard: Shard, claims: readonly string[]): Promise<void> {
    await this.#scripts.claim(shard, [shard.claimsKey], ...claims);
    // A release may have overtaken the refresh.
    const released = claims.filter((claim) => !this.#holders.has(claim));
    if (released.length > 0) await this.#redis.zrem(shard.claimsKey, ...released);
  }

  /**
   * Returns the busy partitions that nobody processes and that do not wait for a worker, because a wake-up or a notification was
   * lost. Also returns those that waited at the last call already, and removes their wake-ups: workers seem to take none.
   */
  async findUnhandled(): Promise<PartitionId[]> {
    const [unclaimed, waiting] = await this.#findUnclaimed();
    const stuck = new Set(waiting.filter((name) => this.#waitedBefore.has(name)));
    this.#waitedBefore = new Set(waiting.filter((name) => !stuck.has(name)));
    for (const name of stuck) {
      const { wakeUpsKey } = this.#shards.of(parsePartition(name).space);
      await this.#redis.lrem(wakeUpsKey, 0, name);
    }
    const suspects = unclaimed.filter((name) => !this.#waitedBefore.has(name));
    if (suspects.length === 0) return [];
    const before = await this.#oldestEntries(suspects);
    // A worker may have taken a partition just now, and its claim is on the way.
    await delay(CLAIM_DELAY_MS);
    const [stillUnclaimed, nowWaiting] = await this.#findUnclaimed();
    const handled = new Set(nowWaiting);
    const unhandled = new Set(stillUnclaimed.filter((name) => !handled.has(name)));
    const still = suspects.filter((name) => unhandled.has(name));
    // Workers may empty a partition again and again, without a claim if they are fast.
    const now = await this.#oldestEntries(still);
    return still.filter((name) => before.get(name) === now.get(name)).map(parsePartition);
  }

  /** Returns the id of the oldest entry of each partition; `undefined` if it is empty. */
  async #oldestEntries(names: readonly string[]): Promise<Map<string, string | undefined>> {
    const found = names.map(async (name): Promise<[string, string | undefined]> => {
      const { space, partition } = parsePartition(name);
      const key = this.#shards.of(space).partitionKey(space, partition);
      const [oldest] = await this.#redis.xrange(key, '-', '+', 'COUNT', 1);
      return [name, oldest?.[0]];
    });
    return new Map(await Promise.all(found));
  }

  async #findUnclaimed(): Promise<[unclaimed: string[], waiting: string[]]> {
    const found = await Promise.all(
      this.#shards.all.map((shard) => {
        const keys = [shard.busyPartitionsKey, shard.wakeUpsKey, shard.claimsKey];
        return this.#scripts.findUnclaimed(shard, keys, CLAIM_MS);
      }),
    );
    return [found.flatMap(([unclaimed]) => unclaimed), found.flatMap(([, waiting]) => waiting)];
  }

  /** Returns the partitions that dead workers had claimed. */
  async takeOver(workers: readonly string[]): Promise<PartitionId[]> {
    const released = await Promise.all(
      this.#shards.all.map((shard) => this.#scripts.releaseClaims(shard, [shard.claimsKey], ...workers)),
    );
    return released.flat().map(parsePartition);
  }

  async counts(): Promise<{ waiting: number; active: number }> {
    const counts = await Promise.all(
      this.#shards.all.map((shard) =>
        this.#scripts.count(shard, [shard.wakeUpsKey, shard.claimsKey], CLAIM_MS),
      ),
    );
    const sum = (index: 0 | 1) => counts.reduce((total, count) => total + count[index], 0);
    return { waiting: sum(0), active: sum(1) };
  }
}

/** Parses `space.partition`. */
export function parsePartition(name: string): PartitionId {
  const dot = name.lastIndexOf('.');
  return { space: name.slice(0, dot), partition: Number(name.slice(dot + 1)) };
}
