/** The kinds of work whose cost is measured. */

import mongoose from 'mongoose';
import type { Socket } from 'socket.io-client';
import { keyOf, trackerId } from '../../core/model/keys.ts';
import { FIRST_POSITION, wallClock } from '../../core/model/units.ts';
import { until } from '../../dev/until.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { connect, type HubClient } from '../client.ts';
import type { BenchEnvironment } from '../environment.ts';

/** Users who log. */
const ACTORS = 50;

/** An action as a page would log it. */
export const action = (object: string, n: number) => ({
  actor: `user:actor-${n % ACTORS}`,
  verb: 'closed',
  targets: `issue:${n}`,
  related: `project:${object}`,
  // No grouping, so that each action is stored as one.
  groupingDelay: -1,
  data: { n },
});

/** Logs actions over a socket, one after the other: each reaches the connected followers of the object before the next one. */
export async function logSingly(
  hub: HubClient,
  object: string,
  count: number,
  { received, items }: Pick<Crowd, 'received' | 'items'>,
): Promise<void> {
  const sender = await connect(hub.url, {
    token: await hub.token('actor-0', `project:${object}`, 'issue:*'),
  });
  const perAction = items.users;
  for (let n = 0; n < count; n += 1) {
    const expected = items.count + perAction;
    const response: { ok: boolean } = await sender
      .timeout(30_000)
      .emitWithAck('log', action(object, n * ACTORS));
    if (!response.ok) throw new Error(`an action was rejected: ${JSON.stringify(response)}`);
    await received(expected);
  }
  sender.disconnect();
}

/** Logs actions over fifty sockets, one at a time on each, and waits until all are in the feeds. */
export async function logConcurrently(hub: HubClient, object: string, count: number): Promise<void> {
  let next = 0;
  const run = async (actor: number) => {
    const token = await hub.token(`actor-${actor}`, `project:${object}`, 'issue:*');
    const sender = await connect(hub.url, { token }, `10.2.0.${actor}`);
    while (next < count) {
      next += 1;
      const payload = action(object, next * ACTORS + actor);
      const response: { ok: boolean } = await sender.timeout(30_000).emitWithAck('log', payload);
      if (!response.ok) throw new Error(`an action was rejected: ${JSON.stringify(response)}`);
    }
    sender.disconnect();
  };
  await Promise.all(Array.from({ length: ACTORS }, (_, actor) => run(actor)));
  // The actions of an actor are processed in order.
  const last = Array.from({ length: ACTORS }, (_, actor) => action(object, actor));
  await hub.logAndWait(last, `${object}-last`);
}

/** Logs batches of 500 as fast as they are accepted, four at a time, and waits until all are in the feeds. */
export async function logBatches(hub: HubClient, object: string, batches: number): Promise<void> {
  let next = 0;
  const run = async () => {
    while (next < batches) {
      const n = next;
      next += 1;
      const actions = Array.from({ length: 500 }, (_, index) => action(object, n * 500 + index));
      await hub.logAndWait(actions, `${object}-${n}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, run));
}

/** Creates trackers of `project:<object>` directly. */
export async function createFollowers(
  { env: { MONGODB_URI: uri } }: BenchEnvironment,
  object: string,
  count: number,
): Promise<string[]> {
  const users = Array.from({ length: count }, (_, n) => `${object}-${String(n).padStart(6, '0')}`);
  const connection = await mongoose.createConnection(uri, { autoIndex: false }).asPromise();
  const { trackers } = await new MongoSpaces(connection, uri).writer('default');
  const tracked = { type: 'project', id: object };
  const createdAt = wallClock();
  for (let first = 0; first < count; first += 1_000) {
    const puts = users.slice(first, first + 1_000).map((user) => ({
      id: trackerId(user, keyOf(tracked)),
      user,
      tracked,
      verbs: [],
      actorOnly: false,
      createdAt,
      since: createdAt,
    }));
    await trackers.put(puts, async () => FIRST_POSITION);
  }
  await connection.close();
  return users;
}

export interface Crowd {
  /** The number of connected users, and of items that they have received. */
  items: { users: number; count: number };
  /** Resolves when they have received this many items. */
  received(count: number): Promise<void>;
  close(): void;
}

/** Connects the users, each by a socket of its own, and counts the items that they receive. */
export async function connectAll(hub: HubClient, users: readonly string[]): Promise<Crowd> {
  const sockets: Socket[] = [];
  const items = { users: users.length, count: 0 };
  for (const user of users) {
    const address = `10.1.${sockets.length >> 8}.${sockets.length & 255}`;
    const socket = await connect(hub.url, { token: await hub.token(user) }, address);
    socket.on('feed:item', () => {
      items.count += 1;
    });
    sockets.push(socket);
  }
  return {
    items,
    received: async (count) =>
      void (await until(() => items.count >= count, `${count} items arrive`, 60_000)),
    close() {
      for (const socket of sockets) socket.disconnect();
    },
  };
}

/** Reads the first page of feeds. */
export async function readPages(hub: HubClient, users: readonly string[]): Promise<void> {
  const headers = { authorization: `Bearer ${await hub.serviceToken()}` };
  for (const user of users) {
    const response = await fetch(`${hub.url}/v1/users/${user}/feed?limit=20`, { headers });
    if (!response.ok) throw new Error(`a page was refused with ${response.status}`);
    await response.arrayBuffer();
  }
}
