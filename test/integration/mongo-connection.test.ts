/**
 * No operation may wait forever because its connection closed. The driver's own connections are used to bring about moments that
 * last microseconds.
 */
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../infra/log.ts';
import { connectMongo, type MongoHandle } from '../../infra/mongo/connect.ts';
import { isTransient } from '../../infra/transient-errors.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

let services: TestServices;
const log = createLogger('test', 'silent');
const handles: MongoHandle[] = [];
beforeAll(async () => {
  services = await isolatedServices();
});
afterAll(async () => {
  for (const { close } of handles) await close();
  await services.remove();
});

async function connected(uri: string): Promise<MongoHandle['connection']> {
  const handle = connectMongo(uri, log);
  handles.push(handle);
  await until(() => handle.connection.db !== undefined, 'MongoDB is connected');
  await handle.connection.db?.admin().ping();
  return handle.connection;
}

interface Pool {
  connections: { toArray(): Array<{ socket: Socket }> };
}

/** The sockets of the connections that are ready for an operation. */
function pooledSockets(connection: MongoHandle['connection']): Socket[] {
  const { topology } = connection.getClient() as unknown as {
    topology: { s: { servers: Map<string, { pool: Pool }> } };
  };
  return [...topology.s.servers.values()].flatMap(({ pool }) =>
    pool.connections.toArray().map(({ socket }) => socket),
  );
}

test('an operation whose connection was just closed by the server is repeated on another one', async () => {
  const connection = await connected(services.config.mongodbUri);
  const sockets = pooledSockets(connection);
  expect(sockets.length).toBeGreaterThan(0);
  // The driver notices only when the sockets emit `close`, which is later.
  for (const socket of sockets) socket.destroy();
  await expect(connection.collection('documents').findOne({ _id: 'none' as never })).resolves.toBeNull();
});

test('a write that the server stops reading fails when its socket times out', async () => {
  const { hostname, port, pathname } = new URL(services.config.mongodbUri);
  const forwarder = createServer((client) => {
    const server = connectTcp(Number(port || 27_017), hostname);
    client.pipe(server).pipe(client);
    for (const each of [client, server]) each.on('error', () => each.destroy());
    clients.add(client);
  });
  const clients = new Set<Socket>();
  await new Promise<void>((resolve) => forwarder.listen(0, '127.0.0.1', resolve));
  const address = forwarder.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const connection = await connected(
    `mongodb://127.0.0.1:${address.port}${pathname}?directConnection=true&retryWrites=false`,
  );
  const [socket] = pooledSockets(connection);
  if (!socket) throw new Error('no pooled connection');
  for (const client of clients) {
    client.unpipe();
    client.pause();
  }
  const documents = Array.from({ length: 12 }, (_, index) => ({ index, text: 'x'.repeat(1_000_000) }));
  const written = connection.collection('documents').insertMany(documents);
  const failed = written.then(
    () => null,
    (error: unknown) => error,
  );
  await until(() => socket.writableNeedDrain, 'the write waits for the server');
  // What Node emits after `socketTimeoutMS`.
  socket.emit('timeout');
  const error = await failed;
  expect(String(error)).toMatch(/timed out/);
  expect(isTransient(error)).toBe(true);
  for (const client of clients) client.destroy();
  forwarder.close();
});
