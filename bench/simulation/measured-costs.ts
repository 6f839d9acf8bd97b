/**
 * The costs that the simulation uses. They are from `npm run costs` on an otherwise idle machine with 2 cores (AMD EPYC),
 * Node 20.20, Redis 7.0 and the development database, which is DocumentDB with its bridge: MongoDB differs. Three runs differed by
 * up to 17 %. CPU is in milliseconds per action, or per item where it says so.
 */
import type { Costs } from './costs.ts';

/** One action at a time over a socket, to one connected follower. */
const alone = { gateway: 1.95, worker: 4.13, redis: 0.775, database: 2.55 };
/** Fifty sockets, one action at a time on each. */
const sockets = { gateway: 0.242 };
/** Batches of 500 over HTTP. */
const many = { worker: 0.117, redis: 0.0233, database: 0.141 };
/** Per item, of actions with 20,000 followers who are not connected. */
const large = { gateway: 0.0008, worker: 0.0123, redis: 0.0011, database: 0.0249, busBytes: 15.5 };
/** The same, with 100 more subscribers of the bus. */
const subscribed = { redis: 0.0018 };
/** Per item, of actions with 400 connected followers. */
const pushed = { gateway: 0.0362, database: 0.0525 };

/** What a subscriber more costs Redis per item. */
const delivery = (subscribed.redis - large.redis) / 100;

export const measuredCosts: Costs = {
  gateway: {
    action: sockets.gateway,
    item: large.gateway,
    push: pushed.gateway - alone.gateway / 400 - large.gateway,
  },
  redis: {
    action: many.redis,
    batch: alone.redis - many.redis,
    // The gateway and the benchmark subscribed.
    item: large.redis - 2 * delivery,
    delivery,
  },
  worker: {
    batch: alone.worker - many.worker - large.worker,
    action: many.worker,
    item: large.worker,
  },
  mongo: {
    batch: alone.database - many.database - large.database,
    action: many.database,
    item: large.database,
    count: pushed.database - alone.database / 400 - large.database,
  },
  busBytes: large.busBytes,
};
