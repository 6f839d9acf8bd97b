import type { Redis } from 'ioredis';
import type { AcceptedAction } from '../../core/model.ts';
import type { Bus } from '../../core/ports/bus.ts';
import type { LaneEntry, Lanes } from '../../core/ports/queue.ts';
import type { Logger } from '../log.ts';
import { dropScript } from './accept.ts';
import { busyLanesKey, deadKey, laneKey, pendingKey } from './keys.ts';
import { loggedAction } from './messages.ts';

/** Entries read at a time; each holds at most what one payload can. */
const READ = 64;

interface Scripts {
  hubbubDrop(lane: string, busy: string, name: string, ...entries: string[]): Promise<number>;
}

/** The worker's end of the lanes. */
export class RedisLanes implements Lanes {
  readonly #redis: Redis & Scripts;
  readonly #bus: Bus;
  readonly #log: Logger;

  constructor(redis: Redis, bus: Bus, log: Logger) {
    redis.defineCommand('hubbubDrop', { numberOfKeys: 2, lua: dropScript });
    this.#redis = redis as Redis & Scripts;
    this.#bus = bus;
    this.#log = log;
  }

  async read(space: string, lane: number, actions: number): Promise<LaneEntry[]> {
    const entries: LaneEntry[] = [];
    let held = 0;
    let from = '-';
    while (held < actions) {
      const found = await this.#redis.xrange(laneKey(space, lane), from, '+', 'COUNT', READ);
      for (const [id, fields] of found) {
        from = `(${id}`;
        const decoded = this.#decode(fields);
        if (decoded === null) {
          await this.bury(space, lane, id, 'it cannot be read');
          continue;
        }
        entries.push({ id, actions: decoded });
        held += decoded.length;
        if (held >= actions) break;
      }
      if (found.length < READ) break;
    }
    return entries;
  }

  async drop(space: string, lane: number, entries: readonly string[]): Promise<void> {
    await this.#redis.hubbubDrop(laneKey(space, lane), busyLanesKey, `${space}.${lane}`, ...entries);
  }

  async settle(space: string, actions: readonly string[]): Promise<void> {
    await this.#redis.srem(pendingKey(space), ...actions);
    await this.#bus.publish(space, { kind: 'settled', ids: [...actions] });
  }

  /** Spaces and lanes that may hold entries. */
  async busy(): Promise<Array<{ space: string; lane: number }>> {
    const names = await this.#redis.smembers(busyLanesKey);
    return names.map((name) => {
      const dot = name.lastIndexOf('.');
      return { space: name.slice(0, dot), lane: Number(name.slice(dot + 1)) };
    });
  }

  /** Puts an entry aside that no worker can handle, so that it does not hold up its lane. */
  async bury(space: string, lane: number, entry: string, why: string): Promise<void> {
    const [found] = await this.#redis.xrange(laneKey(space, lane), entry, entry);
    if (!found) return;
    const [, fields] = found;
    this.#log.error({ space, lane, entry, why }, 'an entry was put aside');
    await this.#redis.xadd(deadKey(space), '*', 'why', why, ...fields);
    const ids = valuesOf(fields, 'a').flatMap((body) => /"id":"([0-9A-Z]{26})"/.exec(body)?.[1] ?? []);
    if (ids.length > 0) await this.settle(space, ids);
    await this.drop(space, lane, [entry]);
  }

  #decode(fields: string[]): AcceptedAction[] | null {
    try {
      const [seq, acceptedAt] = ['seq', 'at'].map((name) => Number(valuesOf(fields, name)[0]));
      if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(acceptedAt)) return null;
      return valuesOf(fields, 'a').map((body, index) => ({
        ...loggedAction.parse(JSON.parse(body)),
        seq: Number(seq) + index,
        acceptedAt: Number(acceptedAt),
      }));
    } catch {
      return null;
    }
  }
}

/** Names and values alternate; a name may come again. */
const valuesOf = (fields: string[], name: string): string[] =>
  fields.filter((_, index) => index % 2 === 1 && fields[index - 1] === name);
