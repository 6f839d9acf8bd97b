/** Measures what work costs each part of a running hub. */
import type { Redis } from 'ioredis';
import type { Child } from '../child.ts';
import type { BenchEnvironment } from '../environment.ts';
import { cpuBelow, cpuOf } from './cpu.ts';

/** What a piece of work cost. CPU is in milliseconds. */
export interface Cost {
  /** Milliseconds until it was complete. */
  duration: number;
  gateway: number;
  worker: number;
  redis: number;
  /** The development database with its bridge. 0 if this command did not start it. */
  database: number;
  redisCommands: number;
  /** Bytes that were published on channels. */
  busBytes: number;
}

export interface Meter {
  /** Returns what the work cost, divided by `count`. */
  costOf(count: number, work: () => Promise<void>): Promise<Cost>;
  close(): void;
}

/** Adds up the lengths of all published messages. It is a subscriber, so its share of Redis' work is included. */
export async function countBusBytes(redis: Redis): Promise<{ bytes(): number; close(): void }> {
  const subscriber = redis.duplicate();
  let bytes = 0;
  subscriber.on('pmessageBuffer', (_pattern, channel: Buffer, message: Buffer) => {
    if (!channel.toString().startsWith('__')) bytes += message.length;
  });
  await subscriber.psubscribe('*');
  return { bytes: () => bytes, close: () => subscriber.disconnect() };
}

export async function createMeter(
  { redis }: BenchEnvironment,
  { gateway, worker }: { gateway: Child; worker: Child },
): Promise<Meter> {
  const bus = await countBusBytes(redis);
  const redisPid = Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1] ?? 0);
  const commands = async () =>
    [...(await redis.info('commandstats')).matchAll(/calls=(\d+)/g)].reduce(
      (sum, [, calls]) => sum + Number(calls),
      0,
    );
  const sample = async (): Promise<Cost> => ({
    duration: performance.now(),
    gateway: cpuOf(gateway.pid) * 1_000,
    worker: cpuOf(worker.pid) * 1_000,
    redis: cpuOf(redisPid) * 1_000,
    // `dev/up.ts` starts this process and the services.
    database: (cpuBelow(process.ppid, process.pid) - cpuOf(redisPid)) * 1_000,
    redisCommands: await commands(),
    busBytes: bus.bytes(),
  });
  return {
    async costOf(count, work) {
      const before = await sample();
      await work();
      const after = await sample();
      const perUnit = (part: keyof Cost) => (after[part] - before[part]) / count;
      return {
        duration: perUnit('duration'),
        gateway: perUnit('gateway'),
        worker: perUnit('worker'),
        redis: perUnit('redis'),
        database: perUnit('database'),
        redisCommands: perUnit('redisCommands'),
        busBytes: perUnit('busBytes'),
      };
    },
    close: () => bus.close(),
  };
}
