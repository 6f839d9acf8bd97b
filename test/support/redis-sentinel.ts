import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { HOST, tryPort } from '../../dev/ports.ts';
import { findOnPath } from '../../dev/programs.ts';
import { RedisProcess } from './redis-process.ts';
import { until } from './until.ts';

const NAME = 'main';
const START_MS = 30_000;

/** A master and a replica, watched by one sentinel. */
export class RedisSentinel {
  readonly nodes: readonly RedisProcess[];
  readonly #port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #client: Redis;

  private constructor(nodes: readonly RedisProcess[], port: number, folder: string, running: ChildProcess) {
    this.nodes = nodes;
    this.#port = port;
    this.#folder = folder;
    this.#process = running;
    this.#client = new Redis({ host: HOST, port, retryStrategy: () => 100 });
    this.#client.on('error', () => undefined);
  }

  static async start(): Promise<RedisSentinel> {
    const settings = { 'repl-diskless-sync-delay': '0', 'min-replicas-to-write': '1' };
    const master = await RedisProcess.start(settings);
    const replica = await RedisProcess.start({ ...settings, replicaof: `${HOST} ${master.port}` });
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-sentinel-'));
    const port = await tryPort(0, HOST);
    const program = findOnPath('redis-server', 'valkey-server');
    if (!port || !program) throw new Error('no free port, or no redis-server is installed');
    // Sentinel keeps its state in this file.
    const file = join(folder, 'sentinel.conf');
    const lines = [
      `port ${port}`,
      `bind ${HOST}`,
      `dir ${folder}`,
      `sentinel monitor ${NAME} ${HOST} ${master.port} 1`,
      `sentinel down-after-milliseconds ${NAME} 1500`,
      `sentinel failover-timeout ${NAME} 5000`,
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const running = spawn(program, [file, '--sentinel'], { stdio: 'ignore' });
    const sentinel = new RedisSentinel([master, replica], port, folder, running);
    await until(
      async () => {
        const state = await sentinel.#master();
        return (
          state.get('num-slaves') === '1' && (await replica.client.info()).includes('master_link_status:up')
        );
      },
      'the sentinel knows the replica',
      START_MS,
    );
    return sentinel;
  }

  get url(): string {
    return `redis+sentinel://${HOST}:${this.#port}/${NAME}/0`;
  }

  async #master(): Promise<Map<string, string>> {
    const list = (await this.#client.call('SENTINEL', 'MASTER', NAME)) as string[];
    return new Map(list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? '']] : [])));
  }

  async master(): Promise<RedisProcess> {
    const port = Number((await this.#master()).get('port'));
    const node = this.nodes.find((each) => each.port === port);
    if (!node) throw new Error(`the sentinel names port ${port}`);
    return node;
  }

  /** Makes the replica the master. Returns it. */
  async failOver(): Promise<RedisProcess> {
    const previous = await this.master();
    // The sentinel refuses until it has seen the replica for some time.
    await until(
      async () => (await this.#client.call('SENTINEL', 'FAILOVER', NAME)) === 'OK',
      'the failover starts',
    );
    return until(
      async () => {
        const master = await this.master();
        if (master === previous) return false;
        const isReplica = (await previous.client.info('replication')).includes('role:slave');
        return isReplica && (await master.client.info('replication')).includes('role:master')
          ? master
          : false;
      },
      'the failover ends',
      START_MS,
    );
  }

  async close(): Promise<void> {
    this.#client.disconnect();
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
    await Promise.all(this.nodes.map((node) => node.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}
