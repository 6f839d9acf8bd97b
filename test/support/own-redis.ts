import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { HOST, tryPort } from '../../dev/ports.ts';
import { onPath } from '../../dev/steps.ts';
import { until } from './until.ts';

/** A Redis process of a test's own, which it may fill, empty, kill and start again. */
export class OwnRedis {
  readonly port: number;
  readonly #folder: string;
  readonly #options: Record<string, string>;
  #process: ChildProcess | null = null;
  #client: Redis | null = null;

  private constructor(port: number, folder: string, options: Record<string, string>) {
    this.port = port;
    this.#folder = folder;
    this.#options = options;
  }

  /** `options` are settings as in `redis.conf`. By default nothing is written to disk. */
  static async start(options: Record<string, string> = {}): Promise<OwnRedis> {
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-redis-'));
    const port = await tryPort(0, HOST);
    if (!port) throw new Error('no free port on 127.0.0.1');
    const redis = new OwnRedis(port, folder, options);
    await redis.run();
    return redis;
  }

  get url(): string {
    return `redis://${HOST}:${this.port}`;
  }

  /** For the test itself. */
  get client(): Redis {
    if (this.#client) return this.#client;
    this.#client = new Redis(this.url, { retryStrategy: () => 100 });
    // It is told again and again while the process is away.
    this.#client.on('error', () => undefined);
    return this.#client;
  }

  /** Starts the process, with what it kept on disk. */
  async run(): Promise<void> {
    const program = onPath('redis-server', 'valkey-server');
    if (!program) throw new Error('no redis-server is installed');
    const settings = { port: String(this.port), bind: HOST, dir: this.#folder, save: '' };
    const args = Object.entries({ ...settings, ...this.#options }).flatMap(([name, value]) => [
      `--${name}`,
      value,
    ]);
    this.#process = spawn(program, args, { stdio: 'ignore' });
    await until(async () => (await this.client.ping()) === 'PONG', 'Redis to answer');
  }

  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  }

  async close(): Promise<void> {
    this.#client?.disconnect();
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
