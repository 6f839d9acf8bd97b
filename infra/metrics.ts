/**
 * What a gateway tells Prometheus. One object per gateway, with a registry of its own. Labels take values from fixed lists
 * only: patterns of routes, names of events, codes of errors. Neither paths, nor users, nor spaces.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Acceptance, ActionQueue, ArrivingBatch } from '../core/ports/queue.ts';
import type { QueueCounts } from './bullmq/queues.ts';
import type { BacklogState } from './redis/backlog.ts';
import { within } from './within.ts';

/** What lies in Redis, read when metrics are asked for. */
export interface QueueSources {
  /** By the queue's name. */
  queues: Readonly<Record<string, () => Promise<QueueCounts>>>;
  /** Seconds since the oldest action was accepted that feeds are not up to date with. */
  lag: () => Promise<number>;
  backlog: () => Promise<BacklogState>;
  /** Entries that were moved to dead letters, ever. */
  deadLetters: () => Promise<number>;
}

export interface HttpSample {
  method: string;
  route: string;
  status: number;
  seconds: number;
}

export interface SocketSample {
  event: string;
  /** `ok`, or the code of the refusal. */
  outcome: string;
  seconds: number;
}

/** Why a call was refused before it was looked at. */
export type RefusalReason = 'rate_log' | 'rate_call' | 'slots' | 'failures' | 'overload' | 'throttle';

/** From a few milliseconds to the 30 s that `wait` may take. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class Metrics {
  readonly #registry = new Registry();
  readonly #http: Counter<'method' | 'route' | 'status'>;
  readonly #httpSeconds: Histogram<'method' | 'route'>;
  readonly #sockets: Gauge;
  readonly #events: Counter<'event' | 'outcome'>;
  readonly #eventSeconds: Histogram<'event'>;
  readonly #pushes: Counter<'event'>;
  readonly #counts: Counter;
  readonly #actions: Counter;
  readonly #refusals: Counter<'reason'>;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#http = new Counter({
      name: 'hubbub_http_requests_total',
      help: 'HTTP requests answered, by method, pattern of the route and status.',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.#httpSeconds = new Histogram({
      name: 'hubbub_http_request_duration_seconds',
      help: 'From a request to its answer; with wait=1 up to 30 s.',
      labelNames: ['method', 'route'],
      buckets: BUCKETS,
      registers,
    });
    this.#sockets = new Gauge({
      name: 'hubbub_sockets_connected',
      help: 'Sockets connected to this gateway.',
      registers,
    });
    this.#events = new Counter({
      name: 'hubbub_socket_events_total',
      help: 'Events that clients sent, by name and outcome: ok, or the code of the refusal.',
      labelNames: ['event', 'outcome'],
      registers,
    });
    this.#eventSeconds = new Histogram({
      name: 'hubbub_socket_event_duration_seconds',
      help: 'From an event to its acknowledgement; with wait up to 30 s.',
      labelNames: ['event'],
      buckets: BUCKETS,
      registers,
    });
    this.#pushes = new Counter({
      name: 'hubbub_pushes_total',
      help: 'Pushes sent, by event; one per socket.',
      labelNames: ['event'],
      registers,
    });
    this.#counts = new Counter({
      name: 'hubbub_counts_queries_total',
      help: 'Queries for the counts of connected users; one of them counts for up to a thousand users.',
      registers,
    });
    this.#actions = new Counter({
      name: 'hubbub_actions_accepted_total',
      help: 'Actions accepted by this gateway, repeats of idempotency keys included.',
      registers,
    });
    this.#refusals = new Counter({
      name: 'hubbub_refusals_total',
      help: 'Calls refused because a bound was reached, by bound.',
      labelNames: ['reason'],
      registers,
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. Where Redis is away, what is read from it is missing. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  request({ method, route, status, seconds }: HttpSample): void {
    this.#http.inc({ method, route, status: String(status) });
    this.#httpSeconds.observe({ method, route }, seconds);
  }

  socketOpened(): void {
    this.#sockets.inc();
  }

  socketClosed(): void {
    this.#sockets.dec();
  }

  socketEvent({ event, outcome, seconds }: SocketSample): void {
    this.#events.inc({ event, outcome });
    this.#eventSeconds.observe({ event }, seconds);
  }

  pushed(event: string): void {
    this.#pushes.inc({ event });
  }

  refused(reason: RefusalReason): void {
    this.#refusals.inc({ reason });
  }

  countsQueried(): void {
    this.#counts.inc();
  }

  /** The same queue, with what it accepts counted. */
  counted(queue: ActionQueue): ActionQueue {
    return {
      accept: async (batch: ArrivingBatch): Promise<Acceptance> => {
        const answer = await queue.accept(batch);
        if (answer.kind === 'accepted') this.#actions.inc(answer.ids.length);
        return answer;
      },
      room: (...more) => queue.room(...more),
      knows: (...key) => queue.knows(...key),
      pending: (space, ids) => queue.pending(space, ids),
      dead: (space, ids) => queue.dead(space, ids),
      releaseDead: (space, ids) => queue.releaseDead(space, ids),
    };
  }

  /** To be called once. */
  watchQueues({ queues, lag, backlog, deadLetters }: QueueSources): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'hubbub_queue_jobs',
      help: 'Jobs of all gateways and workers, by queue and state: waiting, active, or delayed until another try.',
      labelNames: ['queue', 'state'],
      registers,
      async collect() {
        const all = await Promise.all(
          Object.entries(queues).map(async ([queue, counts]) => ({ queue, found: await within(counts) })),
        );
        this.reset();
        for (const { queue, found } of all) {
          for (const [state, jobs] of Object.entries(found?.value ?? {})) this.set({ queue, state }, jobs);
        }
      },
    });
    new Gauge({
      name: 'hubbub_lane_lag_seconds',
      help: 'Age of the oldest accepted action that feeds are not up to date with; 0 where none waits.',
      registers,
      async collect() {
        const found = await within(lag);
        if (found) this.set(found.value);
        else this.remove();
      },
    });
    new Counter({
      name: 'hubbub_dead_letters_total',
      help: 'Batches of actions that workers moved to dead letters, of all processes, since Redis was last empty.',
      registers,
      async collect() {
        const found = await within(deadLetters);
        this.reset();
        if (found) this.inc(found.value);
      },
    });
    // Gauges that are collected together share one reading.
    const ofBacklog = (name: string, help: string, of: (state: BacklogState) => number | null) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const found = await within(backlog);
          const value = found && of(found.value);
          if (value === null) this.remove();
          else this.set(value);
        },
      });
    ofBacklog(
      'hubbub_backlog_actions',
      'Accepted actions that feeds are not up to date with.',
      ({ actions }) => actions,
    );
    ofBacklog(
      'hubbub_backlog_actions_limit',
      'Actions that may wait; above it they are refused.',
      ({ actionsLimit }) => actionsLimit,
    );
    ofBacklog(
      'hubbub_backlog_bytes',
      'Bytes of accepted actions that no worker has stored.',
      ({ bytes }) => bytes,
    );
    ofBacklog(
      'hubbub_backlog_bytes_limit',
      'Bytes that may wait; above it actions are refused.',
      ({ bytesLimit }) => bytesLimit,
    );
    ofBacklog(
      'hubbub_redis_memory_ratio',
      'Memory that Redis uses, divided by its limit; missing where it has none.',
      ({ memory }) => memory,
    );
  }
}
