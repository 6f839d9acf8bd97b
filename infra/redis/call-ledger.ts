import { randomUUID } from 'node:crypto';
import type { CallLedger } from '../../core/handlers/ledgered-handlers.ts';
import type { HandlerCallInfo } from '../../core/handlers/predicate-evaluator.ts';
import type { Logger } from '../log.ts';
import type { RedisClient } from './connect.ts';
import { handlerCallsKey, handlerDeathsKey, heartbeatKey, openCircuitsKey } from './keys.ts';

/** Consecutive process deaths in one call before the handler's circuit opens. */
const MAX_DEATHS = 4;
/** How long a circuit stays open first. Each further death in the same call doubles it. */
const CIRCUIT_OPEN_MS = 15 * 60_000;
const MAX_CIRCUIT_OPEN_MS = 24 * 3_600_000;
/** Calls and deaths expire after this. */
const RETENTION_S = 24 * 3_600;
/** Job id for calls to `text` in gateways, which have no job. The watchdog thread records a call once it is slow. */
export const TEXT_CALLS_JOB = 'text-calls';
/** How often processes refresh the open circuits and send a heartbeat, and how long the heartbeat is valid. */
const REFRESH_MS = 500;
const HEARTBEAT_TTL_MS = 1_500;

/**
 * Records which handler calls crashed a process, for all processes (decision 39). A call that is still recorded when its job is
 * taken over crashed its process. After four such deaths in a row the handler's circuit opens in every process.
 */
export class RedisCallLedger implements CallLedger {
  readonly #redis: RedisClient;
  readonly #log: Logger;
  readonly #process: string;
  #openCircuits: ReadonlyMap<string, number> = new Map();
  #timer: NodeJS.Timeout | undefined;

  /** `process`: the id under which calls are recorded. */
  constructor(redis: RedisClient, log: Logger, process: string = randomUUID()) {
    this.#redis = redis;
    this.#log = log;
    this.#process = process;
  }

  /** Refreshes the open circuits until `stop`. */
  start(): void {
    const beat = () => this.#redis.set(heartbeatKey(this.#process), '1', 'PX', HEARTBEAT_TTL_MS);
    const refresh = () => void Promise.all([beat(), this.refresh()]).catch(() => undefined);
    refresh();
    this.#timer = setInterval(refresh, REFRESH_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  begin(job: string, call: HandlerCallInfo): Promise<void> {
    return recordBegin(this.#redis, job, callField(call), this.#process);
  }

  end(job: string, call: HandlerCallInfo): Promise<void> {
    return recordEnd(this.#redis, job, callField(call));
  }

  async recover(job: string): Promise<void> {
    await this.#countDeaths(job);
    await this.refresh();
  }

  async #countDeaths(job: string): Promise<void> {
    const openCalls = await this.#redis.hgetall(handlerCallsKey(job));
    for (const [field, process] of Object.entries(openCalls)) {
      // That process lost the job but is alive, as this one may be: two processes may run one job (decision 3).
      if (process === this.#process || (await this.#redis.exists(heartbeatKey(process))) === 1) continue;
      // Of several processes that find it, only the first counts it.
      if ((await this.#redis.hdel(handlerCallsKey(job), field)) === 1) await this.#recordDeath(field);
    }
  }

  /** Whether the circuit of this part of the handler is open, as far as this process knows. */
  isCircuitOpen({ verb, part }: HandlerCallInfo): boolean {
    const until = this.#openCircuits.get(circuitField(verb, part));
    return until !== undefined && until > Date.now();
  }

  async refresh(): Promise<void> {
    await this.#countDeaths(TEXT_CALLS_JOB);
    const circuits = Object.entries(await this.#redis.hgetall(openCircuitsKey));
    const expired = circuits.flatMap(([field, until]) => (Number(until) <= Date.now() ? [field] : []));
    if (expired.length > 0) await this.#redis.hdel(openCircuitsKey, ...expired);
    this.#openCircuits = new Map(circuits.map(([field, until]) => [field, Number(until)]));
  }

  async #recordDeath(field: string): Promise<void> {
    const deaths = await this.#redis.hincrby(handlerDeathsKey, field, 1);
    await this.#redis.expire(handlerDeathsKey, RETENTION_S);
    const [verb = '', part = '', action = ''] = JSON.parse(field) as string[];
    this.#log.error({ verb, part, action, deaths }, 'process died in a handler');
    if (deaths < MAX_DEATHS) return;
    const openMs = Math.min(MAX_CIRCUIT_OPEN_MS, CIRCUIT_OPEN_MS * 2 ** (deaths - MAX_DEATHS));
    await this.#redis.hset(openCircuitsKey, circuitField(verb, part), Date.now() + openMs);
    this.#log.error({ verb, part, openMs }, 'opened handler circuit in all processes');
  }
}

export const callField = ({ verb, part, action }: HandlerCallInfo): string =>
  JSON.stringify([verb, part, action]);

/** The hash field of a circuit. */
export const circuitField = (verb: string, part: string): string => JSON.stringify([verb, part]);

/** `field`: of `callField`. */
export async function recordBegin(
  redis: RedisClient,
  job: string,
  field: string,
  process: string,
): Promise<void> {
  await redis.hset(handlerCallsKey(job), field, process);
  await redis.expire(handlerCallsKey(job), RETENTION_S);
}

/** A call that completed once is not what kills processes. It only happened to be running. */
export async function recordEnd(redis: RedisClient, job: string, field: string): Promise<void> {
  await Promise.all([redis.hdel(handlerCallsKey(job), field), redis.hdel(handlerDeathsKey, field)]);
}
