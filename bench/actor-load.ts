/**
 * Load from many actors through a few sockets: 1,000 actors with 10 followers each, through 50 sockets. Each action is a message of
 * its own.
 */
import type { Socket } from 'socket.io-client';
import { until } from '../dev/until.ts';
import { Backlog } from '../infra/redis/backlog.ts';
import { Shards } from '../infra/redis/shards.ts';
import { createTrackers } from './audience.ts';
import type { Bench } from './bench.ts';
import { connect, type HubClient } from './client.ts';
import type { BenchEnvironment } from './environment.ts';
import { median } from './latencies.ts';
import { hubCollection, itemsFilter } from './raw-collection.ts';

export const ACTORS = 1_000;
export const FOLLOWERS = 10;
export const SOCKETS = 50;
/** Unacknowledged actions of each socket at full speed. */
const IN_FLIGHT = 10;
const TICK_MS = 5;
const RESPONSE_MS = 60_000;
const DELIVERY_MS = 120_000;

const created = new WeakMap<BenchEnvironment, Promise<void>>();

/** Creates the followers, once. */
export function createActors(environment: BenchEnvironment): Promise<void> {
  const creating =
    created.get(environment) ??
    createTrackers(
      environment,
      Array.from({ length: ACTORS * FOLLOWERS }, (_, n) => ({
        object: { type: 'user', id: actorName(n % ACTORS) },
        user: followerName(n % ACTORS, Math.floor(n / ACTORS)),
      })),
    );
  created.set(environment, creating);
  return creating;
}

const actorName = (actor: number): string => `load-${actor}`;
/** Every user follows ten actors. */
const followerName = (actor: number, n: number): string => `load-follower-${(actor + n * 97) % ACTORS}`;

/** The action of an actor, as clients send it. */
export const actionOf = (actor: number, n: number) => ({
  actor: `user:${actorName(actor)}`,
  verb: 'closed',
  targets: `issue:${n}`,
  data: { title: `Fix ${n}` },
});

/** The same for the bare path, which knows no trackers. */
export const bareActionOf = (actor: number, n: number) => ({
  ...actionOf(actor, n),
  to: Array.from({ length: FOLLOWERS }, (_, index) => followerName(actor, index)),
});

interface Response {
  ok: boolean;
  data?: { ids: string[] };
}

export class ActorLoad {
  readonly #sockets: readonly Socket[];
  readonly #payload: (actor: number, n: number) => object;
  #next = 0;

  private constructor(sockets: readonly Socket[], payload: (actor: number, n: number) => object) {
    this.#sockets = sockets;
    this.#payload = payload;
  }

  /** The sockets are distributed over the gateways. */
  static async toHub(hub: HubClient, ...urls: readonly string[]): Promise<ActorLoad> {
    const addresses = urls.length === 0 ? [hub.url] : urls;
    const token = (n: number) => hub.serviceToken(`load-${n}`);
    return await ActorLoad.#open(addresses, async (n) => ({ token: await token(n) }), actionOf);
  }

  static toBare(url: string): Promise<ActorLoad> {
    return ActorLoad.#open([url], async (n) => ({ user: `load-${n}` }), bareActionOf);
  }

  static async #open(
    urls: readonly string[],
    auth: (n: number) => Promise<Record<string, string>>,
    payload: (actor: number, n: number) => object,
  ): Promise<ActorLoad> {
    const sockets: Socket[] = [];
    for (let n = 0; n < SOCKETS; n += 1) {
      sockets.push(await connect(urls[n % urls.length] ?? '', await auth(n)));
    }
    return new ActorLoad(sockets, payload);
  }

  /** Logs this many actions as fast as they are accepted. Returns their ids. */
  async flatOut(actions: number): Promise<string[]> {
    const ids: string[] = [];
    let started = 0;
    const send = async (socket: Socket) => {
      while (started < actions) {
        started += 1;
        ids.push(await this.#send(socket));
      }
    };
    await Promise.all(
      this.#sockets.flatMap((socket) => Array.from({ length: IN_FLIGHT }, () => send(socket))),
    );
    return ids;
  }

  /** Logs this many actions per second until `finished` resolves, however long responses take. Returns their ids. */
  async atRate(perSecond: number, finished: Promise<unknown>): Promise<string[]> {
    const started = performance.now();
    const sending: Array<Promise<string>> = [];
    const timer = setInterval(() => {
      const due = ((performance.now() - started) / 1_000) * perSecond;
      while (sending.length < due) {
        const socket = this.#sockets[sending.length % this.#sockets.length];
        if (socket !== undefined) sending.push(this.#send(socket));
      }
    }, TICK_MS);
    try {
      await finished;
    } finally {
      clearInterval(timer);
    }
    return await Promise.all(sending);
  }

  close(): void {
    for (const socket of this.#sockets) socket.disconnect();
  }

  /** Returns the id of the action. */
  #send(socket: Socket): Promise<string> {
    const n = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      const payload = this.#payload(n % ACTORS, n);
      socket.timeout(RESPONSE_MS).emit('log', payload, (error: Error | null, response: Response) => {
        const id = response?.data?.ids[0];
        if (error === null && response.ok && id !== undefined) resolve(id);
        else reject(error ?? new Error(`an action was rejected: ${JSON.stringify(response)}`));
      });
    });
  }
}

/** Resolves when feeds are up to date with all accepted actions. */
export async function waitUntilDelivered({ redis }: BenchEnvironment): Promise<void> {
  const backlog = new Backlog(redis, new Shards(1), { actions: 1, bytes: 1, share: 1 });
  const isEmpty = async () => (await backlog.read()).actions === 0;
  await until(isEmpty, 'feeds are up to date with all accepted actions', DELIVERY_MS);
}

/** The number of stored items of these actions. Other actions may have been logged meanwhile. */
export async function countItems(environment: BenchEnvironment, actions: readonly string[]): Promise<number> {
  const counted = new Set(actions);
  const found = hubCollection(environment, 'items').find(itemsFilter(actions), { projection: { action: 1 } });
  let items = 0;
  for await (const { action } of found) if (counted.has(action)) items += 1;
  return items;
}

/** Logs at full speed and waits until feeds are up to date. Returns the actions per second, and their ids. */
export async function runFlatOut(
  { environment }: Pick<Bench, 'environment'>,
  load: ActorLoad,
  actions: number,
): Promise<{ perSecond: number; ids: string[] }> {
  const started = performance.now();
  const ids = await load.flatOut(actions);
  await waitUntilDelivered(environment);
  return { perSecond: actions / ((performance.now() - started) / 1_000), ids };
}

const rates = new WeakMap<BenchEnvironment, number>();

/** Remembers the sustained actions per second, for sections that log at a part of it. */
export const rememberRate = (environment: BenchEnvironment, perSecond: number): void => {
  rates.set(environment, perSecond);
};

/** Returns the sustained actions per second. Measures it if no section has. */
export async function sustainedRate(bench: Bench, load: ActorLoad): Promise<number> {
  const known = rates.get(bench.environment);
  if (known !== undefined) return known;
  await warmUp(bench, load);
  const found: number[] = [];
  for (let round = 1; round <= bench.sizes.rounds; round += 1) {
    found.push((await runFlatOut(bench, load, bench.sizes.sustainedActions)).perSecond);
  }
  return median(found);
}

/** Compiled code and caches of the first run. */
export const warmUp = (bench: Bench, load: ActorLoad) =>
  runFlatOut(bench, load, bench.sizes.sustainedActions / 2);
