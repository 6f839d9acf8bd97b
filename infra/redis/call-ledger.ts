import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { About } from '../../core/asking.ts';
import type { CallLedger } from '../../core/careful-handlers.ts';
import type { Logger } from '../log.ts';
import { aliveKey, callsKey, restingKey, strikesKey } from './keys.ts';

/** Processes that died in one call, in a row, before its handler rests. */
const STRIKES = 4;
/** The first rest. Each further death in the same call doubles it. */
const REST_MS = 15 * 60_000;
const MAX_REST_MS = 24 * 3_600_000;
/** Calls and strikes are forgotten after this. */
const KEPT_S = 24 * 3_600;
/** Stands for a job where gateways call `text`. The watchdog's thread notes these calls once they last. */
const TEXTS = 'texts';
/** How often processes ask which handlers rest, and say that they live; and for how long that holds. */
const REFRESH_MS = 500;
const ALIVE_MS = 1_500;

/**
 * Which calls to handlers ended a process, for all processes (decision 39). A call that is noted as under way when its job is
 * taken over ended its process; after four such deaths in a row the handler rests, in every process.
 */
export class RedisCallLedger implements CallLedger {
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #process: string;
  #resting: ReadonlyMap<string, number> = new Map();
  #timer: NodeJS.Timeout | undefined;

  /** `process`: under which its calls are noted. */
  constructor(redis: Redis, log: Logger, process: string = randomUUID()) {
    this.#redis = redis;
    this.#log = log;
    this.#process = process;
  }

  /** Follows which handlers rest, until `stop`. */
  start(): void {
    const refresh = () =>
      void Promise.all([this.#redis.set(aliveKey(this.#process), '1', 'PX', ALIVE_MS), this.refresh()]).catch(
        () => undefined,
      );
    refresh();
    this.#timer = setInterval(refresh, REFRESH_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async begin(job: string, about: About): Promise<void> {
    await this.#redis.hset(callsKey(job), callField(about), this.#process);
    await this.#redis.expire(callsKey(job), KEPT_S);
  }

  async end(job: string, about: About): Promise<void> {
    // A call that was ever completed is not what ends processes: they were killed in it.
    await Promise.all([
      this.#redis.hdel(callsKey(job), callField(about)),
      this.#redis.hdel(strikesKey, callField(about)),
    ]);
  }

  async recover(job: string): Promise<void> {
    await this.#countDeaths(job);
    await this.refresh();
  }

  async #countDeaths(job: string): Promise<void> {
    const open = await this.#redis.hgetall(callsKey(job));
    for (const [field, process] of Object.entries(open)) {
      // It lost the job but lives, as this process may: two may work on one job (decision 3).
      if (process === this.#process || (await this.#redis.exists(aliveKey(process))) === 1) continue;
      // Of several that find it only the first one counts it.
      if ((await this.#redis.hdel(callsKey(job), field)) === 1) await this.#strike(field);
    }
  }

  /** Whether the handler's part rests, as far as this process knows. */
  isResting({ verb, part }: About): boolean {
    const until = this.#resting.get(restField(verb, part));
    return until !== undefined && until > Date.now();
  }

  async refresh(): Promise<void> {
    await this.#countDeaths(TEXTS);
    const found = Object.entries(await this.#redis.hgetall(restingKey));
    const over = found.flatMap(([field, until]) => (Number(until) <= Date.now() ? [field] : []));
    if (over.length > 0) await this.#redis.hdel(restingKey, ...over);
    this.#resting = new Map(found.map(([field, until]) => [field, Number(until)]));
  }

  async #strike(field: string): Promise<void> {
    const strikes = await this.#redis.hincrby(strikesKey, field, 1);
    await this.#redis.expire(strikesKey, KEPT_S);
    const [verb = '', part = '', action = ''] = JSON.parse(field) as string[];
    this.#log.error({ verb, part, action, deaths: strikes }, 'a process died in a handler');
    if (strikes < STRIKES) return;
    const restMs = Math.min(MAX_REST_MS, REST_MS * 2 ** (strikes - STRIKES));
    await this.#redis.hset(restingKey, restField(verb, part), Date.now() + restMs);
    this.#log.error({ verb, part, restMs }, 'a handler rests in all processes');
  }
}

export const callField = ({ verb, part, action }: About): string => JSON.stringify([verb, part, action]);

/** The field under which a handler's part rests. */
export const restField = (verb: string, part: string): string => JSON.stringify([verb, part]);

/** Notes a call to `text` that lasts, before it may end the process. */
export async function noteText(redis: Redis, field: string, process: string): Promise<void> {
  await redis.hset(callsKey(TEXTS), field, process);
  await redis.expire(callsKey(TEXTS), KEPT_S);
}

/** The call ended after all. */
export async function endText(redis: Redis, field: string): Promise<void> {
  await redis.hdel(callsKey(TEXTS), field);
  await redis.hdel(strikesKey, field);
}
