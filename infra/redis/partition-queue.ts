import type { StoreDeadLetter } from '../../core/dead-letters/store.ts';
import type { AcceptedAction } from '../../core/model/entities.ts';
import { asMillis, asPosition } from '../../core/model/units.ts';
import type { Bus } from '../../core/ports/bus.ts';
import type {
  BatchRead,
  BatchRecord,
  BatchRecordRef,
  PartitionQueue,
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

type StreamEntry = [id: string, fields: string[]];

const defineScripts = (redis: RedisClient) => ({
  readEntries: defineScript<[position: string, entries: StreamEntry[]]>(redis, 'read-entries'),
  removeEntries: defineScript<number>(redis, 'remove-entries'),
  completeActions: defineScript<number>(redis, 'complete-actions'),
  acknowledge: defineScript<number>(redis, 'acknowledge'),
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

  async read(space: string, partition: number, { actions, bytes }: ReadLimits): Promise<BatchRead> {
    const shard = this.#shards.of(space);
    const keys = [shard.clockKey(space), shard.partitionKey(space, partition)];
    for (;;) {
      const [position, found] = await this.#scripts.readEntries(shard, keys, actions, bytes);
      const records: BatchRecord[] = [];
      for (const [id, fields] of found) {
        const decoded = this.#decode(fields);
        if (decoded) records.push({ id, bytes: bytesOf(fields), actions: decoded });
        else await this.moveToDeadLetters(space, partition, id, UNREADABLE);
      }
      // More entries may follow the dead-lettered ones.
      if (records.length > 0 || found.length === 0)
        return { records, position: asPosition(Number(position)) };
    }
  }

  async remove(space: string, partition: number, records: readonly BatchRecordRef[]): Promise<boolean> {
    const argv = [space, `${space}.${partition}`, ...pairsOf(records)];
    const shard = this.#shards.of(space);
    return (await this.#scripts.removeEntries(shard, keysOf(shard, space, partition), ...argv)) === 1;
  }

  async acknowledge(space: string, partition: number, records: readonly BatchRecord[]): Promise<boolean> {
    const ids = records.flatMap(({ actions }) => actions.map(({ id }) => id));
    const pairs = pairsOf(records);
    const argv = [space, `${space}.${partition}`, pairs.length + 3, ...pairs, ...ids];
    const shard = this.#shards.of(space);
    const isEmpty = (await this.#scripts.acknowledge(shard, keysOf(shard, space, partition), ...argv)) === 1;
    await this.#bus.publish(space, { kind: 'completed', ids });
    return isEmpty;
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

const keysOf = (shard: Shard, space: string, partition: number) => [
  shard.partitionKey(space, partition),
  shard.busyPartitionsKey,
  shard.backlogKey,
  shard.pendingKey(space),
  shard.deadLetterIdsKey(space),
];

/** Fields are a flat list of names and values. A name may repeat. */
const valuesOf = (fields: string[], name: string): string[] =>
  fields.filter((_, index) => index % 2 === 1 && fields[index - 1] === name);

/** Also works for an entry that cannot be parsed. */
const idsOf = (fields: string[]): string[] =>
  valuesOf(fields, 'a').flatMap((body) => /"id":"([0-9A-Z]{26})"/.exec(body)?.[1] ?? []);

/** The bytes that the accept script counted. */
const bytesOf = (fields: string[]): number => Number(valuesOf(fields, 'size')[0] ?? 0) || 0;
