import type { StoreDeadLetter } from '../../core/dead-letters/store.ts';
import type { AcceptedAction } from '../../core/model/entities.ts';
import { asMillis, asPosition } from '../../core/model/units.ts';
import type { Bus } from '../../core/ports/bus.ts';
import type {
  BatchRead,
  BatchRecord,
  BatchRecordRef,
  PartitionQueue,
  PartitionRecords,
  ReadLimits,
} from '../../core/ports/queue.ts';
import type { Logger } from '../log.ts';
import type { RedisClient } from './connect.ts';
import type { Shard } from './keys.ts';
import { acceptedAction } from './messages.ts';
import { defineScript } from './scripts.ts';
import type { Shards } from './shards.ts';
import { type PartitionId, parsePartition } from './wake-ups.ts';

const UNREADABLE = { reason: 'the batch record cannot be read', attempts: 1 };

/** Actions in one script, which blocks Redis. A partition more may exceed it. */
const MAX_ACKNOWLEDGED = 1_000;

type StreamEntry = [id: string, fields: string[]];

const defineScripts = (redis: RedisClient) => ({
  readEntries: defineScript<[position: string, entries: StreamEntry[][]]>(redis, 'read-entries'),
  removeEntries: defineScript<number>(redis, 'remove-entries'),
  completeActions: defineScript<number>(redis, 'complete-actions'),
  acknowledge: defineScript<number[]>(redis, 'acknowledge'),
  deadLetter: defineScript<number>(redis, 'dead-letter'),
});

/** The worker's side of the partitions. */
export class RedisPartitionQueue implements PartitionQueue {
  readonly #redis: RedisClient;
  readonly #shards: Shards;
  readonly #scripts: ReturnType<typeof defineScripts>;
  readonly #bus: Bus;
  readonly #log: Logger;
  readonly #storeDeadLetter: StoreDeadLetter;

  constructor(redis: RedisClient, shards: Shards, bus: Bus, log: Logger, storeDeadLetter: StoreDeadLetter) {
    this.#redis = redis;
    this.#shards = shards;
    this.#scripts = defineScripts(redis);
    this.#bus = bus;
    this.#log = log;
    this.#storeDeadLetter = storeDeadLetter;
  }

  async read(
    space: string,
    partitions: readonly number[],
    { actions, bytes }: ReadLimits,
  ): Promise<BatchRead> {
    const shard = this.#shards.of(space);
    const keys = [
      shard.clockKey(space),
      ...partitions.map((partition) => shard.partitionKey(space, partition)),
    ];
    for (;;) {
      const [position, read] = await this.#scripts.readEntries(shard, keys, actions, bytes);
      const found = read.map((entries, index) => ({ partition: partitions[index] ?? 0, entries }));
      const batches: PartitionRecords[] = [];
      const unread = partitions.slice(found.length);
      for (const { partition, entries } of found) {
        const records: BatchRecord[] = [];
        for (const [id, fields] of entries) {
          const decoded = this.#decode(fields);
          if (decoded) records.push({ id, bytes: bytesOf(fields), actions: decoded });
          else await this.moveToDeadLetters(space, partition, id, UNREADABLE);
        }
        if (records.length > 0) batches.push({ partition, records });
        // More entries may follow the dead-lettered ones.
        else if (entries.length > 0) unread.push(partition);
      }
      const isBehindUnreadable = batches.length === 0 && unread.length > 0;
      if (!isBehindUnreadable) return { batches, unread, position: asPosition(Number(position)) };
    }
  }

  async remove(space: string, partition: number, records: readonly BatchRecordRef[]): Promise<boolean> {
    const argv = [space, `${space}.${partition}`, ...pairsOf(records)];
    const shard = this.#shards.of(space);
    return (await this.#scripts.removeEntries(shard, keysOf(shard, space, partition), ...argv)) === 1;
  }

  async acknowledge(space: string, batches: readonly PartitionRecords[]): Promise<number[]> {
    const shard = this.#shards.of(space);
    const remaining: number[] = [];
    for (const part of partsOf(batches)) {
      const ids = part.flatMap(({ records }) => idsOfRecords(records));
      const argv = part.flatMap(({ partition, records }) => [
        `${space}.${partition}`,
        records.length,
        ...pairsOf(records),
      ]);
      const keys = [
        ...commonKeysOf(shard, space),
        ...part.map(({ partition }) => shard.partitionKey(space, partition)),
      ];
      const isEmpty = await this.#scripts.acknowledge(shard, keys, space, part.length, ...argv, ...ids);
      remaining.push(...part.flatMap(({ partition }, index) => (isEmpty[index] === 1 ? [] : partition)));
    }
    const ids = batches.flatMap(({ records }) => idsOfRecords(records));
    await this.#bus.publish(space, { kind: 'completed', ids });
    return remaining;
  }

  async complete(space: string, actions: readonly string[]): Promise<void> {
    const shard = this.#shards.of(space);
    const keys = [shard.pendingKey(space), shard.deadLetterIdsKey(space), shard.backlogKey];
    await this.#scripts.completeActions(shard, keys, space, ...actions);
    await this.#bus.publish(space, { kind: 'completed', ids: [...actions] });
  }

  /** The number of pending actions of the space. */
  pendingCount(space: string): Promise<number> {
    return this.#redis.zcard(this.#shards.of(space).pendingKey(space));
  }

  /** Partitions that may hold entries. */
  async busyPartitions(): Promise<PartitionId[]> {
    const found = await Promise.all(
      this.#shards.all.map(({ busyPartitionsKey }) => this.#redis.smembers(busyPartitionsKey)),
    );
    return found.flat().map(parsePartition);
  }

  /**
   * Moves an entry that no worker can process to the dead letters, so that it does not block its partition. Its actions never
   * count as completed, because feeds are not up to date with them. Calls that wait for them return without results.
   */
  async moveToDeadLetters(
    space: string,
    partition: number,
    entry: string,
    failure: { reason: string; attempts: number },
  ): Promise<void> {
    const shard = this.#shards.of(space);
    const [found] = await this.#redis.xrange(shard.partitionKey(space, partition), entry, entry);
    if (!found) return;
    const [, fields] = found;
    const [name, ids] = [`${partition}.${entry}`, idsOf(fields)];
    const id = ids[0] ?? name;
    const actions = this.#decode(fields);
    // Stored before it leaves the partition: after a crash in between, both steps run again.
    const letter = { ...failure, id, entry: name, at: asMillis(Date.now()), ids, actions };
    const evicted = await this.#storeDeadLetter(space, letter);
    const argv = [space, `${space}.${partition}`, entry, bytesOf(fields), ...ids];
    await this.#scripts.deadLetter(shard, keysOf(shard, space, partition), ...argv);
    this.#log.error({ space, partition, entry, deadLetter: id, ...failure }, 'moved batch to dead letters');
    await this.#bus.publish(space, { kind: 'completed', ids, deadLettered: true });
    if (evicted.length === 0) return;
    this.#log.error({ space, actions: evicted }, 'discarded the oldest dead letters');
    await this.#redis.srem(shard.deadLetterIdsKey(space), ...evicted);
  }

  #decode(fields: string[]): AcceptedAction[] | null {
    try {
      const [seq, acceptedAt] = ['seq', 'at'].map((name) => Number(valuesOf(fields, name)[0]));
      if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(acceptedAt)) return null;
      return valuesOf(fields, 'a').map((body, index) => {
        const { seq: storedSeq = Number(seq) + index, ...action } = acceptedAction.parse(JSON.parse(body));
        return { ...action, seq: storedSeq };
      });
    } catch {
      return null;
    }
  }
}

const pairsOf = (records: readonly BatchRecordRef[]) => records.flatMap(({ id, bytes }) => [id, bytes]);

const commonKeysOf = (shard: Shard, space: string) => [
  shard.busyPartitionsKey,
  shard.backlogKey,
  shard.pendingKey(space),
  shard.deadLetterIdsKey(space),
];

const keysOf = (shard: Shard, space: string, partition: number) => [
  shard.partitionKey(space, partition),
  ...commonKeysOf(shard, space),
];

const idsOfRecords = (records: readonly BatchRecord[]): string[] =>
  records.flatMap(({ actions }) => actions.map(({ id }) => id));

/** Divides batches into parts of about as many actions as a script acknowledges. */
function partsOf(batches: readonly PartitionRecords[]): PartitionRecords[][] {
  const parts: PartitionRecords[][] = [];
  let room = 0;
  for (const batch of batches) {
    const last = parts.at(-1);
    if (last && room > 0) last.push(batch);
    else {
      parts.push([batch]);
      room = MAX_ACKNOWLEDGED;
    }
    room -= idsOfRecords(batch.records).length;
  }
  return parts;
}

/** Fields are a flat list of names and values. A name may repeat. */
const valuesOf = (fields: string[], name: string): string[] =>
  fields.filter((_, index) => index % 2 === 1 && fields[index - 1] === name);

/** Also works for an entry that cannot be parsed. */
const idsOf = (fields: string[]): string[] =>
  valuesOf(fields, 'a').flatMap((body) => /"id":"([0-9A-Z]{26})"/.exec(body)?.[1] ?? []);

/** The bytes that the accept script counted. */
const bytesOf = (fields: string[]): number => Number(valuesOf(fields, 'size')[0] ?? 0) || 0;
