import { z } from 'zod';
import { HOST } from '../../dev/ports.ts';
import { RedisProcess } from './redis-process.ts';
import { until } from './until.ts';

const SLOTS = 16_384;
/** After how long a silent master counts as failed. */
const NODE_TIMEOUT_MS = 1_500;
/** Longer than Redis waits for a replica. */
const FAILOVER_MS = 6_000;
const START_MS = 30_000;

interface ClusterOptions {
  masters?: number;
  /** Of each master. */
  replicas?: number;
  /** Settings of `redis.conf` for each node. */
  settings?: Record<string, string>;
  access?: Parameters<typeof RedisProcess.start>[1];
}

/** A Redis Cluster of separate processes, whose slots the test may move, and whose masters it may kill. */
export class RedisCluster {
  /** Masters first. */
  readonly nodes: readonly RedisProcess[];

  private constructor(nodes: readonly RedisProcess[]) {
    this.nodes = nodes;
  }

  static async start({
    masters = 3,
    replicas = 0,
    settings = {},
    access = {},
  }: ClusterOptions = {}): Promise<RedisCluster> {
    const options = {
      'cluster-enabled': 'yes',
      // A node that knows no other does not know its address.
      'cluster-announce-ip': HOST,
      'cluster-node-timeout': String(NODE_TIMEOUT_MS),
      'repl-diskless-sync-delay': '0',
      ...settings,
    };
    const starting = Array.from({ length: masters * (1 + replicas) }, () =>
      RedisProcess.start(options, access),
    );
    const nodes = await Promise.all(starting);
    const cluster = new RedisCluster(nodes);
    await cluster.#join(masters);
    return cluster;
  }

  /** `REDIS_URL` of the hub. It names one node: the client finds the others. */
  get url(): string {
    return `redis+cluster://${HOST}:${this.nodes[0]?.port}`;
  }

  async #join(masters: number): Promise<void> {
    const [first] = this.nodes;
    if (!first) throw new Error('a cluster needs a node');
    const per = Math.ceil(SLOTS / masters);
    for (const [index, node] of this.nodes.entries()) {
      if (index < masters) {
        const range = [index * per, Math.min((index + 1) * per, SLOTS) - 1];
        await node.client.call('CLUSTER', 'ADDSLOTSRANGE', ...range);
      }
      await node.client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
      if (node !== first) await node.client.call('CLUSTER', 'MEET', HOST, first.port, await busPortOf(first));
    }
    await until(
      async () => (await this.#known()).every((known) => known === this.nodes.length),
      'the nodes know each other',
      START_MS,
    );
    for (const [index, node] of this.nodes.entries()) {
      const master = this.nodes[index % masters];
      if (index >= masters && master) await node.client.call('CLUSTER', 'REPLICATE', await idOf(master));
    }
    await this.waitUntilOk();
  }

  #known(): Promise<number[]> {
    return Promise.all(
      this.nodes.map(async ({ client }) => {
        const lines = String(await client.call('CLUSTER', 'NODES'))
          .trim()
          .split('\n');
        return lines.filter((line) => !/handshake|noaddr/.test(line)).length;
      }),
    );
  }

  /** Waits until all running nodes serve all slots, and replicas have the data of their masters. */
  async waitUntilOk(): Promise<void> {
    await until(
      async () => {
        for (const { client } of this.#running) {
          const info = String(await client.call('CLUSTER', 'INFO'));
          if (!info.includes('cluster_state:ok') || !info.includes(`cluster_slots_ok:${SLOTS}`)) return false;
          const replication = await client.info('replication');
          if (replication.includes('role:slave') && !replication.includes('master_link_status:up'))
            return false;
        }
        return true;
      },
      'the cluster serves all slots',
      START_MS,
    );
  }

  /** The master of a key's slot. */
  async masterOf(key: string): Promise<RedisProcess> {
    const [node] = this.#running;
    const slot = Number(await node?.client.call('CLUSTER', 'KEYSLOT', key));
    const range = node && (await slotRanges(node)).find(({ first, last }) => first <= slot && slot <= last);
    const master = this.nodes.find(({ port }) => port === range?.port);
    if (!master) throw new Error(`no node serves slot ${slot}`);
    return master;
  }

  async masters(): Promise<RedisProcess[]> {
    const [node] = this.#running;
    const ports = new Set((node ? await slotRanges(node) : []).map(({ port }) => port));
    return this.nodes.filter(({ port }) => ports.has(port));
  }

  get #running(): RedisProcess[] {
    return this.nodes.filter(({ isRunning }) => isRunning);
  }

  async replicaOf(master: RedisProcess): Promise<RedisProcess> {
    const id = await idOf(master);
    for (const node of this.#running) {
      if (node === master) continue;
      const own = String(await node.client.call('CLUSTER', 'NODES'))
        .split('\n')
        .find((line) => line.includes('myself'));
      if (own?.includes(id)) return node;
    }
    throw new Error('the master has no replica');
  }

  /** Moves the slot of a key to another master, with its keys, as `redis-cli --cluster reshard` does. */
  async moveSlot(key: string, target: RedisProcess): Promise<void> {
    const source = await this.masterOf(key);
    if (source === target) throw new Error('the slot is there already');
    const slot = Number(await source.client.call('CLUSTER', 'KEYSLOT', key));
    const [sourceId, targetId] = [await idOf(source), await idOf(target)];
    await target.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId);
    await source.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId);
    for (;;) {
      const keys: unknown = await source.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 10);
      if (!Array.isArray(keys) || keys.length === 0) break;
      await source.client.call('MIGRATE', HOST, target.port, '', 0, 5_000, 'KEYS', ...keys);
    }
    await target.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', targetId);
    await source.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', targetId);
    await until(
      async () => {
        for (const node of this.#running) {
          const range = (await slotRanges(node)).find(({ first, last }) => first <= slot && slot <= last);
          if (range?.port !== target.port) return false;
        }
        return true;
      },
      'all nodes know the new master',
      START_MS,
    );
  }

  /** Makes the replica of a master the master, without loss. Returns the new master. */
  async failOver(master: RedisProcess): Promise<RedisProcess> {
    const replica = await this.replicaOf(master);
    const request = async (): Promise<void> => {
      // Fails if the replica is the master by now.
      await replica.client.call('CLUSTER', 'FAILOVER').catch(() => undefined);
    };
    await request();
    // Redis gives up if the replica has not caught up within 5 s, as on a busy machine.
    const repetition = setInterval(() => void request(), FAILOVER_MS);
    await this.#waitUntilMaster(replica, master).finally(() => clearInterval(repetition));
    return replica;
  }

  /** Kills a master without warning. Its replica takes over after `NODE_TIMEOUT_MS`. */
  async kill(master: RedisProcess): Promise<RedisProcess> {
    const replica = await this.replicaOf(master);
    await master.kill();
    await this.#waitUntilMaster(replica, master);
    return replica;
  }

  async #waitUntilMaster(node: RedisProcess, previous: RedisProcess): Promise<void> {
    await until(
      async () => {
        for (const each of this.#running) {
          const masters = (await slotRanges(each)).map(({ port }) => port);
          if (!masters.includes(node.port) || masters.includes(previous.port)) return false;
        }
        return true;
      },
      'the replica is master',
      START_MS,
    );
    await this.waitUntilOk();
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
  }
}

const busPortOf = async ({ client }: RedisProcess): Promise<string> =>
  String((await client.config('GET', 'cluster-port'))[1]);

/** Which master serves which slots, as this node sees it. */
async function slotRanges({ client }: RedisProcess) {
  const ranges = z.array(
    z.tuple([z.number(), z.number(), z.tuple([z.string(), z.number()]).rest(z.unknown())]).rest(z.unknown()),
  );
  return ranges
    .parse(await client.call('CLUSTER', 'SLOTS'))
    .map(([first, last, [, port]]) => ({ first, last, port }));
}

const idOf = async (node: RedisProcess): Promise<string> => String(await node.client.call('CLUSTER', 'MYID'));
