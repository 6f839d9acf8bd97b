/**
 * No operation may wait forever because its connection closed. The driver's own connections are used to bring about moments that
 * last microseconds.
 */
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { StoredItem } from '../../core/model/entities.ts';
import { groupItems } from '../../core/model/item-groups.ts';
import { asMillis, asPosition } from '../../core/model/units.ts';
import { createLogger } from '../../infra/log.ts';
import { connectMongo, type MongoHandle } from '../../infra/mongo/connect.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
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

interface Forwarder {
  uri: string;
  clients: Set<Socket>;
  /** From now on the response of a command whose bytes contain this text is lost, with its connection. Once. */
  loseResponseTo(text: string): void;
}

/** Forwards connections to MongoDB until the test ends. */
async function forwardedMongo(): Promise<Forwarder> {
  const { hostname, port, pathname } = new URL(services.config.mongodbUri);
  const clients = new Set<Socket>();
  let lost: string | null = null;
  const server = createServer((client) => {
    const target = connectTcp(Number(port || 27_017), hostname);
    let losesResponse = false;
    client.on('data', (chunk) => {
      if (lost !== null && chunk.includes(lost)) {
        lost = null;
        losesResponse = true;
      }
    });
    target.on('data', () => {
      if (losesResponse) client.destroy();
    });
    client.pipe(target);
    target.pipe(client);
    for (const each of [client, target]) {
      each.on('error', () => each.destroy());
      each.on('close', () => {
        client.destroy();
        target.destroy();
      });
    }
    clients.add(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    uri: `mongodb://127.0.0.1:${address.port}${pathname}?directConnection=true`,
    clients,
    loseResponseTo(text) {
      lost = text;
    },
  };
}

test('a write that the server stops reading fails when its socket times out', async () => {
  const { uri, clients } = await forwardedMongo();
  const connection = await connected(`${uri}&retryWrites=false`);
  const [socket] = pooledSockets(connection);
  if (!socket) throw new Error('no pooled connection');
  for (const client of clients) {
    client.unpipe();
    client.removeAllListeners('data');
    client.pause();
  }
  const documents = Array.from({ length: 12 }, (_, index) => ({ index, text: 'x'.repeat(1_000_000) }));
  const failed = connection
    .collection('documents')
    .insertMany(documents)
    .then(
      () => null,
      (error: unknown) => error,
    );
  await until(() => socket.writableNeedDrain, 'the write waits for the server');
  // What Node emits after `socketTimeoutMS`.
  socket.emit('timeout');
  const error = await failed;
  expect(String(error)).toMatch(/timed out/);
  expect(isTransient(error)).toBe(true);
});

test('an insert whose response was lost is repeated, and reports its own items as new', async () => {
  const forwarded = await forwardedMongo();
  const connection = await connected(forwarded.uri);
  const { feeds } = await new MongoSpaces(connection, forwarded.uri).writer('default');
  const items = ['a', 'b'].map(
    (action): StoredItem => ({
      id: `${action}:lost`,
      user: 'lost',
      action,
      at: asMillis(Date.UTC(2026, 0, 1)),
      position: asPosition(100),
      deliveredPosition: asPosition(100),
      version: 1,
      unread: true,
      seen: false,
    }),
  );
  let lostConnections = 0;
  connection.getClient().on('connectionClosed', () => {
    lostConnections += 1;
  });
  forwarded.loseResponseTo('a:lost');
  expect(await feeds.insert(groupItems(items))).toEqual([]);
  expect(lostConnections).toBeGreaterThan(0);
  expect((await feeds.byIds(['a:lost', 'b:lost'])).length).toBe(2);
});
