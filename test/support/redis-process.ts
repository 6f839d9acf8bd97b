import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { HOST, tryPort } from '../../dev/ports.ts';
import { findOnPath } from '../../dev/programs.ts';
import { until } from './until.ts';

/** Of `start`. */
const MAX_ATTEMPTS = 3;

/** How the test's own connection differs from a plain one: TLS, and names and passwords. */
type Access = Pick<RedisOptions, 'tls' | 'username' | 'password'>;

/** A separate Redis process, which the test may fill, flush, kill and restart. */
export class RedisProcess {
  readonly port: number;
  readonly #folder: string;
  readonly #options: Record<string, string>;
  readonly #access: Access;
  #process: ChildProcess | null = null;
  #client: Redis | null = null;

  private constructor(port: number, folder: string, options: Record<string, string>, access: Access) {
    this.port = port;
    this.#folder = folder;
    this.#options = options;
    this.#access = access;
  }

  /** `options` are settings of `redis.conf`. By default Redis does not write to disk. */
  static async start(options: Record<string, string> = {}, access: Access = {}): Promise<RedisProcess> {
    for (let attempt = 1; ; attempt += 1) {
      const folder = await mkdtemp(join(tmpdir(), 'hubbub-redis-'));
      const [port, busPort] = [await tryPort(0, HOST), await tryPort(0, HOST)];
      if (!port) throw new Error('no free port on 127.0.0.1');
      const isNode = options['cluster-enabled'] === 'yes';
      const settings = { ...options, ...(isNode && { 'cluster-port': String(busPort) }) };
      const redis = new RedisProcess(port, folder, settings, access);
      try {
        await redis.run();
        return redis;
      } catch (error) {
        // Another process may have taken the port.
        await redis.close();
        if (attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  get url(): string {
    return `redis://${HOST}:${this.port}`;
  }

  /** The test's own connection. */
  get client(): Redis {
    if (this.#client) return this.#client;
    this.#client = new Redis({ host: HOST, port: this.port, retryStrategy: () => 100, ...this.#access });
    // ioredis reports an error for each reconnect attempt while the process is down.
    this.#client.on('error', () => undefined);
    return this.#client;
  }

  /** Starts the process, with its data on disk. */
  async run(): Promise<void> {
    const program = findOnPath('redis-server', 'valkey-server');
    if (!program) throw new Error('no redis-server is installed');
    const listen = this.#access.tls
      ? { port: '0', 'tls-port': String(this.port) }
      : { port: String(this.port) };
    const settings = { ...listen, bind: HOST, dir: this.#folder, save: '' };
    const args = Object.entries({ ...settings, ...this.#options }).flatMap(([name, value]) => [
      `--${name}`,
      value,
    ]);
    const child = spawn(program, args, { stdio: 'ignore' });
    this.#process = child;
    await until(
      async () => child.exitCode !== null || (await this.client.ping()) === 'PONG',
      'Redis to answer',
    );
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
  }

  get isRunning(): boolean {
    return this.#process !== null;
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
