/** Redis and the MongoDB-compatible database of a run: processes that can be killed, stopped and started again. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { cacheFolder } from '../../dev/folders.ts';
import type { Guarded } from '../../dev/guard.ts';
import { startMongo } from '../../dev/mongo.ts';
import { HOST, tryPort } from '../../dev/ports.ts';
import { startRedis } from '../../dev/redis.ts';
import type { Place, Service } from '../../dev/service.ts';
import { signalBelow } from './below.ts';
import type { Disk } from './disk.ts';
import type { FakeClock } from './fake-clock.ts';

/** A service on a port that stays the same from start to start. */
export abstract class OwnService {
  readonly name: string;
  readonly port: number;
  /** Exits that nobody asked for. */
  readonly crashes: string[] = [];
  readonly #data: string;
  readonly #log: (line: string) => void;
  #running: Guarded[] = [];
  #isWanted = false;

  protected constructor(name: string, port: number, data: string, log: (line: string) => void) {
    this.name = name;
    this.port = port;
    this.#data = data;
    this.#log = log;
  }

  protected abstract launch(place: Place): Promise<Service>;

  async start(): Promise<void> {
    const running: Guarded[] = [];
    this.#running = running;
    const place: Place = {
      // What a test run throws away may lose what was acknowledged, when its process is killed.
      profile: 'start',
      data: this.#data,
      cache: cacheFolder(),
      log: this.#log,
      port: async () => this.port,
      started: (process) => void running.push(process as Guarded),
    };
    this.#isWanted = true;
    const service = await this.launch(place);
    void service.exited.then((code) => {
      if (this.#isWanted && this.#running === running) this.crashes.push(`${this.name} exited with ${code}`);
    });
  }

  /** It may exit, from now until it is started again. */
  expectExit(): void {
    this.#isWanted = false;
  }

  isRunning(): boolean {
    return this.#running.length > 0 && this.#running.every((each) => each.running());
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    for (const each of this.#running) signalBelow(each, signal);
  }

  /** At once, with everything below it. */
  async kill(): Promise<void> {
    this.#isWanted = false;
    for (const each of this.#running) signalBelow(each, 'SIGKILL');
    // A part that lives on without the other, as a bridge without its database, ends too.
    await Promise.all(this.#running.map((each) => each.stop(200)));
  }

  /** As an operator restarts it: it may finish what it is doing. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    for (const each of this.#running.toReversed()) await each.stop();
  }
}

/** Redis, with its files on a disk that can be full and with a clock that can be set, where this machine has both. */
export class OwnRedis extends OwnService {
  readonly disk: Disk | null;
  readonly clock: FakeClock | null;
  #client: Redis | undefined;

  private constructor(port: number, options: RedisOptions) {
    super('Redis', port, options.data, options.log);
    this.disk = options.disk;
    this.clock = options.clock;
  }

  static async open(options: RedisOptions): Promise<OwnRedis> {
    return new OwnRedis(await freePort(), options);
  }

  protected async launch(place: Place): Promise<Service> {
    const service = await startRedis(place, {
      // What was acknowledged is on the disk: then nothing that the hub accepted may be missing after a kill.
      settings: { appendfsync: 'always', 'auto-aof-rewrite-min-size': '256mb' },
      inside: this.disk?.inside,
      env: this.clock ? { ...process.env, ...this.clock.env } : undefined,
    });
    return service;
  }

  /** A connection of the harness's own, past all links. */
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

export class OwnDatabase extends OwnService {
  static async open(data: string, log: (line: string) => void): Promise<OwnDatabase> {
    mkdirSync(join(data), { recursive: true });
    return new OwnDatabase('database', await freePort(), data, log);
  }

  protected launch(place: Place): Promise<Service> {
    return startMongo(place);
  }
}

async function freePort(): Promise<number> {
  const port = await tryPort(0, HOST);
  if (!port) throw new Error('no free port on 127.0.0.1');
  return port;
}
