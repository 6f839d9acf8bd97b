/** Redis and the MongoDB-compatible database of a run, which can be killed, stopped and restarted. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { cacheFolder } from '../../dev/folders.ts';
import type { GuardedProcess } from '../../dev/guard.ts';
import { startMongo } from '../../dev/mongo.ts';
import { HOST, tryPort } from '../../dev/ports.ts';
import { startRedis } from '../../dev/redis.ts';
import type { Service, ServiceContext } from '../../dev/service.ts';
import type { Disk } from './disk.ts';
import type { FakeClock } from './fake-clock.ts';
import { signalGuarded } from './guarded-process.ts';

/** A service that keeps its port after a restart. */
export abstract class ManagedService {
  readonly name: string;
  readonly port: number;
  /** Unexpected exits. */
  readonly crashes: string[] = [];
  readonly #data: string;
  readonly #log: (line: string) => void;
  #running: GuardedProcess[] = [];
  #shouldRun = false;

  protected constructor(name: string, port: number, data: string, log: (line: string) => void) {
    this.name = name;
    this.port = port;
    this.#data = data;
    this.#log = log;
  }

  protected abstract launch(context: ServiceContext): Promise<Service>;

  async start(): Promise<void> {
    const running: GuardedProcess[] = [];
    this.#running = running;
    const context: ServiceContext = {
      // Profile `start`, because the services of `test` may lose acknowledged writes when they are killed.
      profile: 'start',
      data: this.#data,
      cache: cacheFolder(),
      log: this.#log,
      allocatePort: async () => this.port,
      onStarted: (process) => void running.push(process as GuardedProcess),
    };
    this.#shouldRun = true;
    const service = await this.launch(context);
    void service.exited.then((code) => {
      if (this.#shouldRun && this.#running === running) this.crashes.push(`${this.name} exited with ${code}`);
    });
  }

  /** Until the next start, an exit is expected. */
  expectExit(): void {
    this.#shouldRun = false;
  }

  isRunning(): boolean {
    return this.#running.length > 0 && this.#running.every((each) => each.isRunning());
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    for (const each of this.#running) signalGuarded(each, signal);
  }

  /** Kills the service and its descendants. */
  async kill(): Promise<void> {
    this.#shouldRun = false;
    for (const each of this.#running) signalGuarded(each, 'SIGKILL');
    // Also ends remaining processes, such as a bridge without its database.
    await Promise.all(this.#running.map((each) => each.stop(200)));
  }

  /** Stops it as an operator does: it may finish its work. */
  async stop(): Promise<void> {
    this.#shouldRun = false;
    for (const each of this.#running.toReversed()) await each.stop();
  }
}

/** Redis, with a disk that can be full and a clock that can be set, if this machine supports both. */
export class ManagedRedis extends ManagedService {
  readonly disk: Disk | null;
  readonly clock: FakeClock | null;
  #client: Redis | undefined;

  private constructor(port: number, options: RedisOptions) {
    super('Redis', port, options.data, options.log);
    this.disk = options.disk;
    this.clock = options.clock;
  }

  static async open(options: RedisOptions): Promise<ManagedRedis> {
    return new ManagedRedis(await freePort(), options);
  }

  protected async launch(context: ServiceContext): Promise<Service> {
    const service = await startRedis(context, {
      // Acknowledged writes are on the disk, so the hub must not lose an accepted action after a kill.
      settings: { appendfsync: 'always', 'auto-aof-rewrite-min-size': '256mb' },
      wrapperCommand: this.disk?.wrapperCommand,
      env: this.clock ? { ...process.env, ...this.clock.env } : undefined,
    });
    return service;
  }

  /** The harness's own connection, without a link. */
  get client(): Redis {
    this.#client ??= new Redis({
      port: this.port,
      host: HOST,
      retryStrategy: () => 100,
      maxRetriesPerRequest: null,
    }).on('error', () => undefined);
    return this.#client;
  }

  disconnect(): void {
    this.#client?.disconnect();
  }
}

interface RedisOptions {
  data: string;
  log: (line: string) => void;
  disk: Disk | null;
  clock: FakeClock | null;
}

export class ManagedDatabase extends ManagedService {
  static async open(data: string, log: (line: string) => void): Promise<ManagedDatabase> {
    mkdirSync(join(data), { recursive: true });
    return new ManagedDatabase('database', await freePort(), data, log);
  }

  protected launch(context: ServiceContext): Promise<Service> {
    return startMongo(context);
  }
}

async function freePort(): Promise<number> {
  const port = await tryPort(0, HOST);
  if (!port) throw new Error('no free port on 127.0.0.1');
  return port;
}
