/** `npm run mongo:shard`: shards the databases of spaces, also with data and repeatedly. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { databaseOf } from '../../infra/mongo/database-names.ts';
import { createModels } from '../../infra/mongo/models.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { run } from '../support/command.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let uri: string;
let connection: mongoose.Connection;
beforeAll(async () => {
  services = await isolatedServices();
  uri = services.config.mongodbUri;
  connection = await mongoose.createConnection(uri).asPromise();
});
afterAll(async () => {
  await connection.close();
  await services.remove();
});

async function shard(args: readonly string[], address = uri): Promise<{ code: number; lines: string[] }> {
  const command = ['--import', 'tsx', 'infra/mongo/shard-main.ts', ...args];
  const { code, output } = await run(process.execPath, command, {
    cwd: process.cwd(),
    env: { MONGODB_URI: address },
  });
  return { code, lines: output.split('\n').filter((line) => line !== '') };
}

const shardKeyOf = async (space: string, collection: string) => {
  const configuration = connection.useDb('config').collection<{ _id: string; key: object }>('collections');
  return (await configuration.findOne({ _id: `${databaseOf(uri, space)}.${collection}` }))?.key;
};

test('a dry run prints the commands and changes nothing', async () => {
  const { code, lines } = await shard(['--dry-run', '--space', 'acme', '--space', 'default']);
  expect(code).toBe(0);
  expect(lines).toHaveLength(16);
  expect(lines).toContain(`{"shardCollection":"${databaseOf(uri, 'acme')}.items","key":{"user":1}}`);
  expect(await shardKeyOf('acme', 'items')).toBeUndefined();
});

test('a space with data is sharded, and stays so', async () => {
  const spaces = new MongoSpaces(connection, uri);
  const { feeds } = await spaces.writer('acme');
  await feeds.forceResync(['ada'], await feeds.resyncBefore('ada'));
  const first = await shard(['--space', 'acme']);
  expect(first).toMatchObject({ code: 0 });
  expect(first.lines).toHaveLength(8);
  expect(await shard(['--space', 'acme'])).toEqual(first);
  // DocumentDB hashes every key.
  expect(await shardKeyOf('acme', 'items')).toEqual({ user: 'hashed' });
  expect(await shardKeyOf('acme', 'events')).toEqual({ user: 'hashed', _id: 'hashed' });
  expect(await shardKeyOf('acme', 'deadletters')).toBeUndefined();
  const models = createModels(connection.useDb(databaseOf(uri, 'acme')));
  expect(await models.users.countDocuments({ _id: 'ada' })).toBe(1);
  const names = async (name: 'items' | 'trackers') =>
    (await models[name].collection.indexes()).map((index) => index.name);
  expect(await names('trackers')).toContain('key_hashed');
  // Indexes of feeds begin with the user already.
  expect(await names('items')).not.toContain('user_1');
});

test('without a name, all spaces that have a database are sharded', async () => {
  await new MongoSpaces(connection, uri).writer('other');
  const { lines } = await shard([]);
  expect(lines).toHaveLength(16);
  expect(await shardKeyOf('other', 'trackers')).toEqual({ key: 'hashed' });
});

test('another server than a router is refused', async () => {
  const target = new URL(uri);
  const { port, hostname } = target;
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    client.pipe(server);
    // The same length, so that messages stay valid.
    server.on('data', (data: Buffer) => {
      const position = data.indexOf('isdbgrid');
      if (position >= 0) data.write('ordinary', position);
      client.write(data);
    });
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.on('close', () => server.destroy());
  });
  onTestFinished(() => void proxy.close());
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const address = proxy.address();
  target.port = String(typeof address === 'object' ? address?.port : '');
  const { code, lines } = await shard(['--space', 'refused'], target.href);
  expect(code).toBe(1);
  expect(lines).toEqual([expect.stringContaining('it must name a mongos')]);
  expect(await shardKeyOf('refused', 'items')).toBeUndefined();
});
