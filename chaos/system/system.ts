/**
 * The hub under test: services, gateways and workers, and the links between them.
 *
 *   clients ──clients/g1──▶ gateway 1 ──gateway 1/redis──▶ Redis
 *                                     ──gateway 1/mongo──▶ database       … and the same for each process
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Link } from '../../dev/link.ts';
import { until } from '../../dev/until.ts';
import type { Options } from '../options.ts';
import { Disk } from './disk.ts';
import { FakeClock } from './fake-clock.ts';
import { HubProcess, type ProcessKind } from './process.ts';
import { ManagedDatabase, ManagedRedis } from './services.ts';
import { SECRET } from './tokens.ts';

const CONFIG = fileURLToPath(new URL('../hub-config.ts', import.meta.url));
const SHIFTED_DATE = new URL('./shifted-date.mjs', import.meta.url).href;

/** A process and its links to the services. */
export interface Node {
  process: HubProcess;
  redis: Link;
  mongo: Link;
  /** Sets its clock ahead by these milliseconds, or behind if negative. */
  shiftClock(milliseconds: number): void;
}

export interface GatewayNode extends Node {
  /** The link between clients and the gateway. */
  clients: Link;
}

export class System {
  readonly folder: string;
  readonly redis: ManagedRedis;
  readonly database: ManagedDatabase;
  readonly gateways: GatewayNode[] = [];
  readonly workers: Node[] = [];
  readonly #links: Link[] = [];

  private constructor(folder: string, redis: ManagedRedis, database: ManagedDatabase) {
    this.folder = folder;
    this.redis = redis;
    this.database = database;
  }

  static async start(options: Options, log: (line: string) => void): Promise<System> {
    const folder = mkdtempSync(join(tmpdir(), 'hubbub-chaos-'));
    const redis = await ManagedRedis.open({
      data: folder,
      log,
      disk: await Disk.mount(join(folder, 'redis')),
      clock: FakeClock.find(join(folder, 'redis-clock')),
    });
    const system = new System(folder, redis, await ManagedDatabase.open(folder, log));
    try {
      await Promise.all([redis.start(), system.database.start()]);
      for (let index = 0; index < options.gateways; index += 1) await system.#addGateway(index);
      for (let index = 0; index < options.workers; index += 1) {
        system.workers.push(await system.#node('worker', index));
      }
      await Promise.all(system.nodes().map(({ process }) => process.start()));
      for (const gateway of system.gateways) {
        await until(async () => (await fetch(`${directUrl(gateway)}/readyz`)).ok, 'the gateway to be ready');
      }
    } catch (error) {
      await system.close();
      throw error;
    }
    return system;
  }

  nodes(): Node[] {
    return [...this.gateways, ...this.workers];
  }

  /** Unexpected exits of processes and services. */
  crashes(): string[] {
    return [this.redis, this.database, ...this.nodes().map(({ process }) => process)].flatMap(
      ({ crashes }) => crashes,
    );
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await Promise.all(this.nodes().map(({ process }) => process.close()));
    await Promise.all(this.#links.map((link) => link.close()));
    await Promise.all([this.redis.kill(), this.database.kill()]);
    await this.redis.disk?.close();
  }

  /** Contains the logs of all processes. */
  removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #addGateway(index: number): Promise<void> {
    const node = await this.#node('gateway', index);
    const clients = await this.#link(() => node.process.port);
    this.gateways.push({ ...node, clients });
  }

  async #node(kind: ProcessKind, index: number): Promise<Node> {
    const [redis, mongo] = [
      await this.#link(() => this.redis.port),
      await this.#link(() => this.database.port),
    ];
    const clock = join(this.folder, `${kind}-${index + 1}-clock`);
    const env = () => ({
      PORT: '0',
      MONGODB_URI: `mongodb://127.0.0.1:${mongo.port}/chaos?directConnection=true`,
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      HUBBUB_JWT_SECRET: SECRET,
      HUBBUB_CONFIG: CONFIG,
      // All clients have the same address here.
      HUBBUB_MAX_CONNECTIONS_ADDRESS: '10000',
      HUBBUB_RATE_LIMIT_FAILURES: '100000',
      LOG_LEVEL: 'info',
      NODE_OPTIONS: `--import=${SHIFTED_DATE}`,
      CHAOS_CLOCK: clock,
    });
    const logFile = join(this.folder, `${kind}-${index + 1}.log`);
    return {
      process: new HubProcess(kind, index, { env, logFile }),
      redis,
      mongo,
      shiftClock: (milliseconds) => writeFileSync(clock, String(milliseconds)),
    };
  }

  async #link(target: () => number): Promise<Link> {
    const link = await Link.to(target);
    this.#links.push(link);
    return link;
  }
}

/** The URL of a gateway without its link. */
export const directUrl = ({ process }: Node): string => `http://127.0.0.1:${process.port}`;
export const linkedUrl = ({ clients }: GatewayNode): string => `http://127.0.0.1:${clients.port}`;
