/**
 * Simulates the way of actions through a hub: socket, gateway, Redis, worker, MongoDB, Redis, gateways, sockets. Each process and
 * each database server is a station that works for the measured time. Batches form as in the hub: a worker takes all actions of
 * a space that wait, up to 50.
 */
import type { Costs } from './costs.ts';
import { hearing, sharesOf } from './hearing.ts';
import { exponential, powerLaw, type Random, zipf } from './random.ts';
import type { Load, Machines } from './scenario.ts';
import { Station } from './station.ts';
import type { Timeline } from './timeline.ts';

const MAX_BATCH = 50;
/** Batches that a worker has in progress. */
const MAX_IN_FLIGHT = 4;
/** Items per write and message. */
const CHUNK = 1_000;
/** One way between two machines of a data centre, in milliseconds. */
const NETWORK_MS = 0.1;

interface Action {
  space: number;
  emitted: number;
  audience: number;
}

export interface Receipt {
  milliseconds: number;
  receivers: number;
  /** All followers of the action. */
  audience: number;
}

interface Worker {
  station: Station;
  inFlight: number;
}

export class SimulatedHub {
  readonly gateways: readonly Station[];
  readonly masters: readonly Station[];
  readonly workers: readonly Worker[];
  readonly mongo: readonly Station[];
  /** Milliseconds from emit to receipt, and the number of receivers. */
  readonly receipts: Receipt[] = [];
  items = 0;
  /** Bytes that each master sent to gateways. */
  readonly busBytes: number[];
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #costs: Costs;
  readonly #load: Load;
  readonly #pickSpace: (random: Random) => number;
  readonly #masterOf: number[];
  readonly #audible = new Map<number, readonly Station[]>();
  readonly #waiting = new Map<number, Action[]>();
  /** Spaces with waiting actions, in the order in which workers take them. */
  readonly #ready: number[] = [];

  constructor(timeline: Timeline, random: Random, { costs, load, machines }: Parameters) {
    const stations = (count: number, servers = 1) =>
      Array.from({ length: count }, () => new Station(timeline, servers));
    this.#timeline = timeline;
    this.#random = random;
    this.#costs = costs;
    this.#load = load;
    this.#pickSpace = zipf(load.spaces, load.spaceSkew);
    this.gateways = stations(machines.gateways);
    this.masters = stations(machines.masters);
    this.workers = stations(machines.workers).map((station) => ({ station, inFlight: 0 }));
    this.mongo = stations(machines.mongoShards, machines.mongoCores);
    this.busBytes = this.masters.map(() => 0);
    // Shards are spread evenly over masters, and spaces randomly over shards.
    this.#masterOf = Array.from(
      { length: load.spaces },
      () => Math.floor(random() * machines.redisShards) % machines.masters,
    );
    this.#spreadSpaces();
  }

  /** Emits an action at a gateway, now. */
  emit(): void {
    const space = this.#pickSpace(this.#random);
    const audience = Math.round(powerLaw(this.#random, this.#load.audience));
    const action = { space, audience, emitted: this.#timeline.now };
    const { gateway, redis } = this.#costs;
    this.#visit(pick(this.gateways, this.#random), gateway.action, () =>
      this.#visit(this.#master(space), redis.action, () => this.#enqueue(action)),
    );
  }

  /** The time until the next action. */
  nextArrival(): number {
    return exponential(this.#random, 1_000 / this.#load.actionsPerSecond);
  }

  #spreadSpaces(): void {
    const count = this.gateways.length;
    for (const [space, share] of sharesOf(this.#load).entries()) {
      const first = Math.floor(this.#random() * count);
      const stations = Array.from(
        { length: Math.round(hearing(this.#load.connections * share, count)) },
        (_, index) => at(this.gateways, (first + index) % count),
      );
      this.#audible.set(space, stations);
    }
  }

  #enqueue(action: Action): void {
    const waiting = this.#waiting.get(action.space);
    if (waiting === undefined) {
      this.#waiting.set(action.space, [action]);
      this.#ready.push(action.space);
    } else waiting.push(action);
    this.#startBatches();
  }

  #startBatches(): void {
    for (;;) {
      const worker = this.#leastBusy();
      const space = worker.inFlight < MAX_IN_FLIGHT ? this.#ready.shift() : undefined;
      if (space === undefined) return;
      const waiting = this.#waiting.get(space) ?? [];
      const batch = waiting.splice(0, MAX_BATCH);
      if (waiting.length > 0) this.#ready.push(space);
      else this.#waiting.delete(space);
      worker.inFlight += 1;
      this.#process(worker, space, batch);
    }
  }

  #leastBusy(): Worker {
    let found = at(this.workers, 0);
    for (const worker of this.workers) if (worker.inFlight < found.inFlight) found = worker;
    return found;
  }

  #process(worker: Worker, space: number, batch: readonly Action[]): void {
    const { worker: cpu, redis, mongo } = this.#costs;
    const done = () => {
      worker.inFlight -= 1;
      this.#startBatches();
    };
    this.#visit(this.#master(space), redis.batch, () =>
      worker.station.use(cpu.batch + cpu.action * batch.length, () =>
        // Actions are hashed over the shards. Their trackers are on one of them.
        this.#visit(pick(this.mongo, this.#random), mongo.batch, () =>
          this.#onAllShards(batch.length, mongo.action, () => this.#fanOut(worker, batch, done)),
        ),
      ),
    );
  }

  /** Writes chunk after chunk. Publishing a chunk overlaps with writing the next one. */
  #fanOut(worker: Worker, batch: readonly Action[], done: () => void): void {
    const parts = batch.flatMap((action) => chunksOf(action.audience).map((size) => ({ action, size })));
    const write = (index: number) => {
      // Items of several actions share a chunk.
      const chunk: typeof parts = [];
      let size = 0;
      for (let next = index; next < parts.length; next += 1) {
        const part = at(parts, next);
        if (size > 0 && size + part.size > CHUNK) break;
        chunk.push(part);
        size += part.size;
      }
      if (chunk.length === 0) return done();
      worker.station.use(this.#costs.worker.item * size, () =>
        this.#onAllShards(size, this.#costs.mongo.item, () => {
          this.#publish(chunk, size);
          write(index + chunk.length);
        }),
      );
    };
    write(0);
  }

  #publish(chunk: ReadonlyArray<{ action: Action; size: number }>, size: number): void {
    const space = chunk[0]?.action.space ?? 0;
    const { redis, gateway, mongo, busBytes } = this.#costs;
    const stations = this.#audible.get(space) ?? [];
    const master = this.#masterOf[space] ?? 0;
    this.items += size;
    this.busBytes[master] = (this.busBytes[master] ?? 0) + busBytes * size * stations.length;
    this.#visit(this.#master(space), size * (redis.item + redis.delivery * stations.length), () => {
      for (const station of stations) {
        const receivers = chunk.map(({ action, size: users }) => ({
          action,
          count: this.#receivers(users / stations.length),
        }));
        const pushes = receivers.reduce((sum, { count }) => sum + count, 0);
        this.#visit(station, size * gateway.item + pushes * gateway.push, () => {
          for (const { action, count } of receivers) {
            if (count === 0) continue;
            const milliseconds = this.#timeline.now + NETWORK_MS - action.emitted;
            this.receipts.push({ milliseconds, receivers: count, audience: action.audience });
          }
          if (pushes > 0) this.#onAllShards(pushes, mongo.count, () => undefined);
        });
      }
    });
  }

  /** How many of these users are connected: the expected number, rounded at random. */
  #receivers(users: number): number {
    return Math.floor(users * this.#load.connectedShare + this.#random());
  }

  /** Divides work over the MongoDB shards, and waits for the slowest. */
  #onAllShards(count: number, cost: number, done: () => void): void {
    const shards = Math.min(this.mongo.length, count);
    const first = Math.floor(this.#random() * this.mongo.length);
    let left = shards;
    for (let index = 0; index < shards; index += 1) {
      this.#visit(at(this.mongo, (first + index) % this.mongo.length), (count / shards) * cost, () => {
        left -= 1;
        if (left === 0) done();
      });
    }
  }

  /** Sends a request to another machine, which works on it and replies. */
  #visit(station: Station, work: number, done: () => void): void {
    this.#timeline.after(NETWORK_MS, () => station.use(work, () => this.#timeline.after(NETWORK_MS, done)));
  }

  #master(space: number): Station {
    return at(this.masters, this.#masterOf[space] ?? 0);
  }
}

export interface Parameters {
  costs: Costs;
  load: Load;
  machines: Machines;
}

function chunksOf(audience: number): number[] {
  const full = Array.from({ length: Math.floor(audience / CHUNK) }, () => CHUNK);
  return audience % CHUNK > 0 ? [...full, audience % CHUNK] : full;
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`no element ${index} of ${list.length}`);
  return found;
}

const pick = <T>(list: readonly T[], random: Random): T => at(list, Math.floor(random() * list.length));
