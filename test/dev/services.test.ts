import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from './database.ts';
import { type Launched, launch, processesOf, temporaryFolder } from './launcher.ts';

const STOP_MS = 5_000;

async function urls(up: Launched): Promise<{ mongodb: string; redis: string }> {
  await up.said(/export REDIS_URL=\S+\n/);
  const [, mongodb = ''] = /export MONGODB_URI=(\S+)/.exec(up.output()) ?? [];
  const [, redis = ''] = /export REDIS_URL=(\S+)/.exec(up.output()) ?? [];
  return { mongodb, redis };
}

/** Uses a port, unless another process already does. */
async function occupy(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.once('error', () => resolve());
    server.listen(port, () => resolve());
  });
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

describe('dev/up.ts', () => {
  it('keeps the data from one run to the next', async () => {
    const data = temporaryFolder();
    for (const round of [1, 2]) {
      const up = launch('up.ts', [], { HUBBUB_DATA: data });
      const { mongodb, redis } = await urls(up);
      const connection = await mongoose.createConnection(mongodb, { dbName: 'kept' }).asPromise();
      const client = new Redis(redis);
      await connection.collection('rounds').insertOne({ round });
      await client.rpush('rounds', round);
      expect(await connection.collection('rounds').countDocuments()).toBe(round);
      expect(await client.llen('rounds')).toBe(round);
      expect(await client.config('GET', 'maxmemory-policy')).toContain('noeviction');
      await connection.close();
      client.disconnect();
      up.process.kill('SIGINT');
      expect(await up.exited).toBe(0);
    }
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves nothing behind after %s', async (signal) => {
    const data = temporaryFolder();
    const up = launch('up.ts', [], { HUBBUB_DATA: data });
    await urls(up);
    expect(processesOf(data).length).toBeGreaterThan(2);
    up.process.kill(signal);
    await until(() => processesOf(data).length === 0, STOP_MS, `all of ${processesOf(data)} ended`);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(data);
  });

  it('restarts at once after a kill', async () => {
    const data = temporaryFolder();
    const first = launch('up.ts', [], { HUBBUB_DATA: data });
    const connection = await mongoose
      .createConnection((await urls(first)).mongodb, { dbName: 'kept' })
      .asPromise();
    await connection.collection('a').insertOne({ a: 1 });
    first.process.kill('SIGKILL');
    await connection.close();
    await first.exited;
    const second = launch('up.ts', [], { HUBBUB_DATA: data });
    const reopened = await mongoose
      .createConnection((await urls(second)).mongodb, { dbName: 'kept' })
      .asPromise();
    expect(await reopened.collection('a').countDocuments()).toBe(1);
    await reopened.close();
  });

  it('reports that it is already running', async () => {
    const data = temporaryFolder();
    const first = launch('up.ts', [], { HUBBUB_DATA: data });
    await urls(first);
    const second = launch('up.ts', [], { HUBBUB_DATA: data });
    expect(await second.exited).toBe(1);
    expect(second.output()).toBe(
      `Hubbub is already running (pid ${first.process.pid}) with the data in ${data}: stop it, or set HUBBUB_DATA to another folder.\n`,
    );
  });

  it('takes over the lock of a killed process', async () => {
    const data = temporaryFolder();
    writeFileSync(join(data, 'lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }));
    await urls(launch('up.ts', [], { HUBBUB_DATA: data }));
  });

  it('uses other ports if its own are in use', async () => {
    await occupy(6390);
    await occupy(27390);
    const up = launch('up.ts', [], { HUBBUB_DATA: temporaryFolder() });
    const { mongodb, redis } = await urls(up);
    expect(up.output()).toMatch(/Port 6390 is in use: using \d+ for Redis this time\./);
    expect(up.output()).toMatch(/Port 27390 is in use: using \d+ for MongoDB this time\./);
    expect([new URL(mongodb).port, new URL(redis).port]).not.toContain('6390');
  });

  it('reports a folder that it cannot write', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const up = launch('up.ts', [], { HUBBUB_DATA: join(file, 'data') });
    expect(await up.exited).toBe(1);
    expect(up.output()).toMatch(
      /^Can't write to \S+ \(.*\)\. Set HUBBUB_DATA to a folder that can be written\.\n$/,
    );
  });

  it('does not start configured services', async () => {
    const data = join(temporaryFolder(), 'data');
    const services = { MONGODB_URI: 'mongodb://given', REDIS_URL: 'redis://given', HUBBUB_DATA: data };
    const script = 'console.log(process.env.MONGODB_URI, process.env.REDIS_URL); process.exit(7)';
    const up = launch('up.ts', ['--', process.execPath, '-e', script], services);
    expect(await up.exited).toBe(7);
    expect(up.output()).toBe('mongodb://given redis://given\n');
    expect(existsSync(data)).toBe(false);
  });

  it('runs tests beside a start, with temporary data', async () => {
    const data = temporaryFolder();
    await urls(launch('up.ts', [], { HUBBUB_DATA: data }));
    const temporary = temporaryFolder();
    const test = launch('up.ts', ['--profile', 'test'], { HUBBUB_DATA: data, TMPDIR: temporary });
    await urls(test);
    expect(processesOf(temporary).length).toBeGreaterThan(2);
    test.process.kill('SIGINT');
    expect(await test.exited).toBe(0);
    expect(processesOf(temporary)).toEqual([]);
    expect(existsSync(join(temporary, 'lock'))).toBe(false);
  });

  it('stops its command, and exits with its code', async () => {
    const data = temporaryFolder();
    const up = launch('up.ts', ['--', 'sh', '-c', 'echo "at $MONGODB_URI"; exit 3'], { HUBBUB_DATA: data });
    expect(await up.exited).toBe(3);
    expect(up.output()).toMatch(/^at mongodb:\/\/127\.0\.0\.1:\d+\n$/m);
    expect(processesOf(data)).toEqual([]);
  });

  it('refuses unknown arguments', async () => {
    const up = launch('up.ts', ['--profil', 'x'], {});
    expect(await up.exited).toBe(1);
    expect(up.output()).toContain('Usage: up.ts');
  });
});
