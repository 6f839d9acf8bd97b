import type { Redis } from 'ioredis';
import type { Bury } from '../../core/dead-letter-burial.ts';
import type { AcceptedAction } from '../../core/model.ts';
import type { Bus } from '../../core/ports/bus.ts';
import type { DroppedEntry, LaneEntry, Lanes } from '../../core/ports/queue.ts';
import type { Logger } from '../log.ts';
import { backlogKey, busyLanesKey, deadIdsKey, laneKey, pendingKey } from './keys.ts';
import { acknowledgeScript, buryScript, dropScript, readScript, settleScript } from './lane-scripts.ts';
import { acceptedAction } from './messages.ts';

/** Bytes of entries after which no more are read: what is large waits its turn. One entry holds what one payload can. */
const READ = 8_388_608;

type Entry = [id: string, fields: string[]];

interface Scripts {
  hubbubRead(lane: string, actions: number, bytes: number): Promise<Entry[]>;
  hubbubDrop(
    lane: string,
    busy: string,
    backlog: string,
    space: string,
    name: string,
    ...entries: Array<string | number>
  ): Promise<number>;
  hubbubSettle(
    pending: string,
    dead: string,
    backlog: string,
    space: string,
    ...actions: string[]
  ): Promise<number>;
  hubbubAcknowledge(...argv: Array<string | number>): Promise<number>;
  hubbubBury(...argv: Array<string | number>): Promise<number>;
}

/** The worker's end of the lanes. */
export class RedisLanes implements Lanes {
  readonly #redis: Redis & Scripts;
  readonly #bus: Bus;
  readonly #log: Logger;
  readonly #bury: Bury;

  /** `bury` keeps dead letters. */
  constructor(redis: Redis, bus: Bus, log: Logger, bury: Bury) {
    redis.defineCommand('hubbubRead', { numberOfKeys: 1, lua: readScript });
    redis.defineCommand('hubbubDrop', { numberOfKeys: 3, lua: dropScript });
    redis.defineCommand('hubbubSettle', { numberOfKeys: 3, lua: settleScript });
    redis.defineCommand('hubbubAcknowledge', { numberOfKeys: 5, lua: acknowledgeScript });
    redis.defineCommand('hubbubBury', { numberOfKeys: 5, lua: buryScript });
    this.#redis = redis as Redis & Scripts;
    this.#bus = bus;
    this.#log = log;
    this.#bury = bury;
  }

  async read(space: string, lane: number, actions: number): Promise<LaneEntry[]> {
    for (;;) {
      const found = await this.#redis.hubbubRead(laneKey(space, lane), actions, READ);
      const entries: LaneEntry[] = [];
      for (const [id, fields] of found) {
        const decoded = this.#decode(fields);
        if (decoded) entries.push({ id, bytes: bytesOf(fields), actions: decoded });
        else await this.bury(space, lane, id, { reason: 'the entry cannot be read', attempts: 1 });
      }
      // Behind those that were put aside there may be others.
      if (entries.length > 0 || found.length === 0) return entries;
    }
  }

  async drop(space: string, lane: number, entries: readonly DroppedEntry[]): Promise<void> {
    const name = `${space}.${lane}`;
    const pairs = pairsOf(entries);
    await this.#redis.hubbubDrop(laneKey(space, lane), busyLanesKey, backlogKey, space, name, ...pairs);
  }

  async acknowledge(space: string, lane: number, entries: readonly LaneEntry[]): Promise<void> {
    const ids = entries.flatMap(({ actions }) => actions.map(({ id }) => id));
    const pairs = pairsOf(entries);
    const keys = keysOf(space, lane);
    await this.#redis.hubbubAcknowledge(
      ...keys,
      space,
      `${space}.${lane}`,
      pairs.length + 3,
      ...pairs,
      ...ids,
    );
    await this.#bus.publish(space, { kind: 'settled', ids });
  }

  async settle(space: string, actions: readonly string[]): Promise<void> {
    await this.#redis.hubbubSettle(pendingKey(space), deadIdsKey(space), backlogKey, space, ...actions);
    await this.#bus.publish(space, { kind: 'settled', ids: [...actions] });
  }

  /** How many actions of the space are not in feeds yet. */
  waiting(space: string): Promise<number> {
    return this.#redis.zcard(pendingKey(space));
  }

  /** Spaces and lanes that may hold entries. */
  async busy(): Promise<Array<{ space: string; lane: number }>> {
    const names = await this.#redis.smembers(busyLanesKey);
    return names.map((name) => {
      const dot = name.lastIndexOf('.');
      return { space: name.slice(0, dot), lane: Number(name.slice(dot + 1)) };
    });
  }

  /**
   * Moves an entry that no worker can handle to the dead letters, so that it does not hold up its lane. Its actions stay
   * pending, as feeds are not up to date with them; callers who wait for them are answered without results.
   */
  async bury(
    space: string,
    lane: number,
    entry: string,
    why: { reason: string; attempts: number },
  ): Promise<void> {
    const [found] = await this.#redis.xrange(laneKey(space, lane), entry, entry);
    if (!found) return;
    const [, fields] = found;
    const [name, ids] = [`${lane}.${entry}`, idsOf(fields)];
    const id = ids[0] ?? name;
    // Kept before it leaves the lane: a death in between does both once more.
    const letter = { ...why, id, entry: name, at: Date.now(), ids, actions: this.#decode(fields) };
    const forgotten = await this.#bury(space, letter);
    const keys = keysOf(space, lane);
    await this.#redis.hubbubBury(...keys, space, `${space}.${lane}`, entry, bytesOf(fields), ...ids);
    this.#log.error({ space, lane, entry, deadLetter: id, ...why }, 'moved batch to dead letters');
    await this.#bus.publish(space, { kind: 'settled', ids, dead: true });
    if (forgotten.length === 0) return;
    this.#log.error({ space, actions: forgotten }, 'discarded the oldest dead letters');
    await this.#redis.srem(deadIdsKey(space), ...forgotten);
  }

  #decode(fields: string[]): AcceptedAction[] | null {
    try {
      const [seq, acceptedAt] = ['seq', 'at'].map((name) => Number(valuesOf(fields, name)[0]));
      if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(acceptedAt)) return null;
      return valuesOf(fields, 'a').map((body, index) => {
        const { seq: kept = Number(seq) + index, ...action } = acceptedAction.parse(JSON.parse(body));
        return { ...action, seq: kept, acceptedAt: Number(acceptedAt) };
      });
    } catch {
      return null;
    }
  }
}

const pairsOf = (entries: readonly DroppedEntry[]) => entries.flatMap(({ id, bytes }) => [id, bytes]);

const keysOf = (space: string, lane: number) => [
  laneKey(space, lane),
  busyLanesKey,
  backlogKey,
  pendingKey(space),
  deadIdsKey(space),
];

/** Names and values alternate; a name may come again. */
const valuesOf = (fields: string[], name: string): string[] =>
  fields.filter((_, index) => index % 2 === 1 && fields[index - 1] === name);

/** Of an entry that may not be readable otherwise. */
const idsOf = (fields: string[]): string[] =>
  valuesOf(fields, 'a').flatMap((body) => /"id":"([0-9A-Z]{26})"/.exec(body)?.[1] ?? []);

/** As the accept script counted them. */
const bytesOf = (fields: string[]): number => Number(valuesOf(fields, 'size')[0] ?? 0) || 0;
