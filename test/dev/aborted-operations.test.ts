/** Reads whose client has disconnected. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { serialize } from 'bson';
import { expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../dev/bridge/database.ts';
import { createRouter } from '../../dev/bridge/router.ts';
import { listen } from '../../dev/bridge/server.ts';
import { until, useDatabase } from './database.ts';

const database = useDatabase();

/** An OP_MSG with one document. */
function message(document: Record<string, unknown>): Buffer {
  const body = serialize({ ...document, $db: 'test' });
  const bytes = Buffer.alloc(21 + body.length);
  bytes.writeInt32LE(bytes.length, 0);
  bytes.writeInt32LE(2_013, 12);
  bytes.set(body, 21);
  return bytes;
}

it.each([
  ['ends', 'reads', { find: 'items' }, true],
  ['finishes', 'writes', { insert: 'items', documents: [{ _id: 1 }] }, false],
])('the server %s the %s of a client that disconnected', async (_does, _what, command, ends) => {
  const startedAt: Array<AbortSignal | null> = [];
  const never = (signal: AbortSignal | null) => {
    startedAt.push(signal);
    return new Promise<never>(() => undefined);
  };
  const fake: Database = {
    query: () => never(null),
    withSignal: (signal) => ({ query: () => never(signal) }),
    lease: () => never(null),
  };
  const server = await listen(createRouter(fake), '127.0.0.1', 0);
  onTestFinished(() => server.close());
  const client = connect(server.port, '127.0.0.1');
  await once(client, 'connect');
  client.write(message(command));
  await until(() => startedAt.length === 1, 20_000, 'the command starts');
  client.destroy();
  const [signal] = startedAt;
  if (ends) await until(() => signal?.aborted === true, 20_000, 'the read ends');
  else expect(signal).toBeNull();
});

it('an aborted read leaves the database as it was for others', async () => {
  const items = database.connection.collection('items');
  await items.insertMany(Array.from({ length: 100 }, (_, index) => ({ index })));
  for (let round = 0; round < 2; round += 1) {
    const leaving = new AbortController();
    const reads = Array.from({ length: 40 }, () =>
      items
        .aggregate(
          [{ $lookup: { from: 'items', pipeline: [], as: 'all' } }, { $unwind: '$all' }, { $count: 'all' }],
          {
            signal: leaving.signal,
          },
        )
        .toArray()
        .catch(() => null),
    );
    await items.findOne({ index: 1 });
    leaving.abort();
    const next = Array.from({ length: 40 }, (_, index) => items.findOne({ index }));
    expect((await Promise.all(next)).map((item) => item?.index)).toEqual(next.map((_, index) => index));
    await Promise.all(reads);
  }
});
