/** How many machines a load needs, by calculation: the work that arrives, divided by what one machine may do. */
import type { Costs } from './costs.ts';
import { meanHearing } from './hearing.ts';
import { meanOf } from './random.ts';
import type { Load, Machines } from './scenario.ts';

/** The share of a machine's time that is planned for work. The rest absorbs bursts, and the failure of another machine. */
const PLANNED_SHARE = 0.5;
const MONGO_CORES = 8;
/** With more shards per master, their loads differ less. */
const SHARDS_PER_MASTER = 8;
const MAX_SHARDS = 64;
/** Connections per gateway. More would make the failure of one gateway a larger event. */
const CONNECTIONS = 20_000;
const MAX_GATEWAYS = 2_000;

/** Milliseconds of work per second, for each part of the hub. */
export interface Work {
  gateways: number;
  masters: number;
  workers: number;
  mongo: number;
}

/**
 * Counts a batch for each action: where the load is spread over many spaces, few actions wait together. Each gateway receives all
 * items of the spaces of its users, so that part grows with the number of gateways.
 */
export function workOf({ gateway, redis, worker, mongo }: Costs, load: Load, gateways: number): Work {
  const actions = load.actionsPerSecond;
  const items = actions * meanOf(load.audience);
  const pushes = items * load.connectedShare;
  const hearing = items * meanHearing(load, gateways);
  return {
    gateways: actions * gateway.action + hearing * gateway.item + pushes * gateway.push,
    masters: actions * (redis.action + redis.batch) + items * redis.item + hearing * redis.delivery,
    workers: actions * (worker.action + worker.batch) + items * worker.item,
    mongo: actions * (mongo.action + mongo.batch) + items * mongo.item + pushes * mongo.count,
  };
}

/** The machines of a load. @throws Error if no number of gateways suffices, because each of them receives too much */
export function plan(costs: Costs, load: Load): Machines {
  const available = 1_000 * PLANNED_SHARE;
  const isEnough = (count: number) => workOf(costs, load, count).gateways <= count * available;
  let gateways = Math.max(1, Math.ceil(load.connections / CONNECTIONS));
  while (!isEnough(gateways) && gateways < MAX_GATEWAYS) gateways += 1;
  if (!isEnough(gateways)) throw new Error(`${MAX_GATEWAYS} gateways are not enough`);
  const work = workOf(costs, load, gateways);
  const masters = Math.ceil(work.masters / available);
  return {
    gateways,
    workers: Math.ceil(work.workers / available),
    masters,
    redisShards: Math.min(masters * SHARDS_PER_MASTER, MAX_SHARDS),
    mongoShards: Math.ceil(work.mongo / available / MONGO_CORES),
    mongoCores: MONGO_CORES,
  };
}
