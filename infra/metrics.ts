/**
 * Prometheus metrics of a gateway. Each gateway has its own object and registry. Label values come from fixed lists: route
 * patterns, event names, error codes. They never contain paths, users, or spaces.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Acceptance, ActionQueue, IncomingBatch } from '../core/ports/queue.ts';
import type { QueueCounts } from './bullmq/queues.ts';
import type { BacklogState } from './redis/backlog.ts';
import { withTimeout } from './timeout.ts';

/** Values in Redis, read when metrics are requested. */
interface QueueSources {
  /** By queue name. */
  queues: Readonly<Record<string, () => Promise<QueueCounts>>>;
  /** Age in seconds of the oldest accepted action that feeds are not up to date with. */
  lag: () => Promise<number>;
  backlog: () => Promise<BacklogState>;
  /** Number of batches ever moved to dead letters. */
  deadLetters: () => Promise<number>;
}

interface HttpSample {
  method: string;
  route: string;
  status: number;
  seconds: number;
}

interface SocketSample {
  event: string;
  /** `ok`, or the error code. */
  outcome: string;
  seconds: number;
}

/** Why a call was refused before it was processed. */
export type RefusalReason = 'rate_log' | 'rate_call' | 'slots' | 'failures' | 'overload' | 'throttle';

/** From a few milliseconds to the 30 s that `wait` may take. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class Metrics {
  readonly #registry = new Registry();
  readonly #http = this.#counter(
    'hubbub_http_requests_total',
    'HTTP requests by method, route pattern and status.',
    ['method', 'route', 'status'],
  );
  readonly #httpSeconds = this.#histogram(
    'hubbub_http_request_duration_seconds',
    'Time from a request to its response; with wait=1 up to 30 s.',
    ['method', 'route'],
  );
  readonly #sockets = new Gauge({
    name: 'hubbub_sockets_connected',
    help: 'Sockets connected to this gateway.',
    registers: [this.#registry],
  });
  readonly #events = this.#counter(
    'hubbub_socket_events_total',
    'Events that clients sent, by name and outcome: ok, or the error code.',
    ['event', 'outcome'],
  );
  readonly #eventSeconds = this.#histogram(
    'hubbub_socket_event_duration_seconds',
    'Time from an event to its acknowledgement; with wait up to 30 s.',
    ['event'],
  );
  readonly #pushes = this.#counter('hubbub_pushes_total', 'Pushes sent, by event; one per socket.', [
    'event',
  ]);
  readonly #counts = this.#counter(
    'hubbub_counts_queries_total',
    'Queries for the counts of connected users. One query covers up to 200 users.',
  );
  readonly #actions = this.#counter(
    'hubbub_actions_accepted_total',
    'Actions accepted by this gateway, including repeated idempotency keys.',
  );
  readonly #refusals = this.#counter(
    'hubbub_refusals_total',
    'Calls refused because a limit was reached, by limit.',
    ['reason'],
  );

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram<Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> {
    return new Histogram({ name, help, labelNames, buckets: BUCKETS, registers: [this.#registry] });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Returns the Prometheus text format. While Redis is unavailable, metrics that are read from it are missing. */
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

  /** Wraps the queue and counts the actions that it accepts. */
  instrument(queue: ActionQueue): ActionQueue {
    return {
      accept: async (batch: IncomingBatch): Promise<Acceptance> => {
        const result = await queue.accept(batch);
        if (result.kind === 'accepted') this.#actions.inc(result.ids.length);
        return result;
      },
      checkCapacity: (...args) => queue.checkCapacity(...args),
      isKeyUsed: (...args) => queue.isKeyUsed(...args),
      pending: (space, ids) => queue.pending(space, ids),
      deadLettered: (space, ids) => queue.deadLettered(space, ids),
      unmarkDeadLettered: (space, ids) => queue.unmarkDeadLettered(space, ids),
    };
  }

  /** Call it once. */
  watchQueues({ queues, lag, backlog, deadLetters }: QueueSources): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'hubbub_queue_jobs',
      help: 'Jobs of all gateways and workers, by queue and state: waiting, active, or delayed until a retry or until `visible` responds.',
      labelNames: ['queue', 'state'],
      registers,
      async collect() {
        const found = await Promise.all(Object.values(queues).map((counts) => withTimeout(counts)));
        this.reset();
        for (const [index, queue] of Object.keys(queues).entries()) {
          const counts = Object.entries(found[index]?.value ?? {});
          for (const [state, jobs] of counts) this.set({ queue, state }, jobs);
        }
      },
    });
    new Counter({
      name: 'hubbub_dead_letters_total',
      help: 'Batches that all workers moved to dead letters since Redis was last empty.',
      registers,
      async collect() {
        const found = await withTimeout(deadLetters);
        this.reset();
        if (found) this.inc(found.value);
      },
    });
    /** Missing while there is no value. */
    const gauge = (name: string, help: string, read: () => Promise<number | null>) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const value = (await withTimeout(read))?.value ?? null;
          if (value === null) this.remove();
          else this.set(value);
        },
      });
    // Gauges that are collected together share one sample of the backlog.
    const backlogGauge = (name: string, help: string, field: keyof BacklogState) =>
      gauge(name, help, async () => (await backlog())[field]);
    gauge(
      'hubbub_queue_lag_seconds',
      'Age of the oldest accepted action that feeds are not up to date with; 0 if there is none.',
      lag,
    );
    backlogGauge('hubbub_backlog_actions', 'Accepted actions that feeds are not up to date with.', 'actions');
    backlogGauge(
      'hubbub_backlog_actions_limit',
      'Maximum of pending actions; actions above it are refused.',
      'actionsLimit',
    );
    backlogGauge('hubbub_backlog_bytes', 'Bytes of accepted actions that no worker has stored yet.', 'bytes');
    backlogGauge(
      'hubbub_backlog_bytes_limit',
      'Maximum of pending bytes; actions above it are refused.',
      'bytesLimit',
    );
    backlogGauge(
      'hubbub_redis_memory_ratio',
      'Memory that Redis uses, divided by its limit; missing if it has no limit.',
      'memory',
    );
  }
}
