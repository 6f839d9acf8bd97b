import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { StoredAction } from '../../core/model/entities.ts';
import { asMillis, asPosition } from '../../core/model/units.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { BusSubscriber, MAX_IDLE_SPACES, RedisBus } from '../../infra/redis/bus.ts';
import { ALL_GATEWAYS } from '../../infra/redis/display-changes.ts';
import { channelName } from '../../infra/redis/keys.ts';
import { Shards } from '../../infra/redis/shards.ts';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { TestSocket } from '../support/socket.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

const names = (count: number, prefix: string) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('databases', () => {
  async function spacesOf(maxOpen: number) {
    const { mongodbUri } = hub.services.config;
    const connection = await mongoose.createConnection(mongodbUri).asPromise();
    onTestFinished(() => connection.close());
    const spaces = new MongoSpaces(connection, mongodbUri, maxOpen);
    /** The number of open databases of the connection. */
    const openDatabases = (): number => {
      const databases: unknown = Reflect.get(connection, 'otherDbs');
      return Array.isArray(databases) ? databases.length : Number.NaN;
    };
    return { connection, spaces, openDatabases };
  }

  const action = (id: string): StoredAction => ({
    id,
    actor: null,
    verb: 'opened',
    targets: [],
    related: [],
    level: 30,
    data: {},
    timestamp: asMillis(1),
    updatedAt: asMillis(1),
    count: 1,
    notify: [],
    version: 1,
  });

  test('are kept open up to the limit, the others are evicted, and pending work continues', async () => {
    const { spaces, openDatabases } = await spacesOf(3);
    const first = await spaces.writer('first');
    const pendingInsert = first.actions.insertInOrder([action('1')], asPosition(1));
    for (const name of names(50, 'db')) expect((await spaces.reader(name).actions.byIds(['1'])).size).toBe(0);
    expect(openDatabases()).toBe(3);
    expect(await pendingInsert).toBe(1);
    expect(await first.actions.insertInOrder([action('2')], asPosition(1))).toBe(1);
    expect((await spaces.reader('first').actions.byIds(['1', '2'])).size).toBe(2);
  });

  test('stay open while they are used', async () => {
    const { spaces } = await spacesOf(2);
    const reader = spaces.reader('kept');
    for (const name of names(10, 'db')) {
      spaces.reader(name);
      expect(spaces.reader('kept')).toBe(reader);
    }
    spaces.reader('a');
    spaces.reader('b');
    expect(spaces.reader('kept')).not.toBe(reader);
  });

  test('have their indexes, also after they were reopened', async () => {
    const { connection, spaces } = await spacesOf(1);
    const indexes = async (name: string) => {
      const database = connection.useDb(`${connection.name}-${name}`);
      const collections = ['actions', 'trackers', 'items', 'events'];
      const found = await Promise.all(collections.map((each) => database.collection(each).indexes()));
      return found.map((each) => each.length);
    };
    await spaces.writer('indexed');
    const created = await indexes('indexed');
    expect(Math.min(...created)).toBeGreaterThan(1);
    await spaces.writer('other');
    await connection.useDb(`${connection.name}-indexed`).dropDatabase();
    const reopened = await spaces.writer('indexed');
    await reopened.actions.insertInOrder([action('1')], asPosition(1));
    expect(await indexes('indexed')).toEqual(created);
  });
});

describe('channels', () => {
  async function createSubscriber(maxChannels: number) {
    const { redisUrl } = hub.services.config;
    const [redisClient, publisher] = [new Redis(redisUrl, { autoResubscribe: false }), new Redis(redisUrl)];
    onTestFinished(() => {
      redisClient.disconnect();
      publisher.disconnect();
    });
    const received: string[] = [];
    const onMessage = (space: string, message: BusMessage) => {
      if (message.kind === 'completed') received.push(...message.ids.map((id) => `${space} ${id}`));
    };
    const listener = { onMessage, onGap: () => received.push('gap') };
    const subscriber = new BusSubscriber(
      redisClient,
      shards,
      listener,
      pino({ level: 'silent' }),
      maxChannels,
    );
    const publish = (space: string, id: string) =>
      new RedisBus(publisher, shards).publish(space, { kind: 'completed', ids: [id] });
    const subscribed = async () => {
      const prefix = `hubbub:${publisher.options.db}:push:`;
      const channels = await publisher.pubsub('CHANNELS', `${prefix}*`);
      const subscribedSpaces = channels.map((channel) => String(channel).slice(prefix.length));
      // The gateway of the hub is subscribed to one that belongs to no space.
      return subscribedSpaces.filter((space) => space !== ALL_GATEWAYS).sort();
    };
    return { publisher, subscriber, received, publish, subscribed };
  }

  test('are unsubscribed when nobody uses them, least recently used first', async () => {
    const { subscriber, subscribed } = await createSubscriber(2);
    for (const space of ['a', 'b', 'c']) await subscriber.subscribe(space);
    await subscriber.subscribe('b');
    await subscriber.subscribe('d');
    await until(async () => String(await subscribed()) === 'b,d');
    expect(subscriber.size).toBe(2);
  });

  test('stay subscribed while they are retained, no matter how many', async () => {
    const { subscriber, received, publish, subscribed } = await createSubscriber(1);
    const subscriptions = names(20, 'h').map((space) => subscriber.retain(space));
    const sameSpace = subscriber.retain('h0');
    await Promise.all(subscriptions.map(({ subscribed }) => subscribed));
    expect(await subscribed()).toHaveLength(20);
    await publish('h19', '1');
    await until(() => received.includes('h19 1'));
    for (const { release } of subscriptions) release();
    for (const { release } of subscriptions) release();
    await until(async () => String(await subscribed()) === 'h0,h19');
    sameSpace.release();
    await until(async () => String(await subscribed()) === 'h0');
  });

  test('deliver messages again after they were resubscribed', async () => {
    const { subscriber, received, publish } = await createSubscriber(1);
    for (let turn = 0; turn < 20; turn += 1) {
      const space = `t${turn % 2}`;
      await subscriber.subscribe(space);
      await publish(space, String(turn));
      await until(() => received.includes(`${space} ${turn}`));
    }
    const { subscribed, hadGap } = subscriber.retain('t0');
    await subscribed;
    expect(hadGap).toBe(true);
    expect(subscriber.retain('t0').hadGap).toBe(false);
  });

  test('are resubscribed after the connection broke', async () => {
    const { publisher, subscriber, received, publish, subscribed } = await createSubscriber(3);
    const spaces = names(700, 'r');
    const subscriptions = spaces.map((space) => subscriber.retain(space));
    await Promise.all(subscriptions.map(({ subscribed }) => subscribed));
    const states = new Set([subscriber.isOpen('r0')]);
    await publisher.call('CLIENT', 'KILL', 'ID', await idOf(publisher, spaces.length));
    while (!received.includes('gap')) {
      await new Promise((resolve) => setImmediate(resolve));
      states.add(subscriber.isOpen('r0'));
    }
    expect([...states]).toEqual([true, false]);
    expect(subscriber.isOpen('r0')).toBe(true);
    expect(subscriber.isOpen('unknown')).toBe(false);
    expect(await subscribed()).toEqual([...spaces].sort());
    await publish('r699', 'after');
    await until(() => received.includes('r699 after'));
  });

  /** The id of the connection that is subscribed to this many channels. That connection cannot run the command itself. */
  async function idOf(publisher: Redis, channels: number): Promise<string> {
    const clients = String(await publisher.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
    const own = clients.find(
      (line) => line.includes(` db=${publisher.options.db} `) && line.includes(` sub=${channels} `),
    );
    return /^id=(\d+)/.exec(own ?? '')?.[1] ?? '';
  }
});

describe('a gateway', () => {
  test('subscribes to the spaces of its users, and to few others', async () => {
    const redis = new Redis(hub.services.config.redisUrl);
    onTestFinished(() => redis.disconnect());
    const channels = async () => {
      const all = await redis.pubsub('CHANNELS', `hubbub:${redis.options.db}:push:*`);
      return all.filter((channel) => channel !== channelName(redis.options.db ?? 0, ALL_GATEWAYS)).length;
    };
    const before = await channels();
    const spaces = names(MAX_IDLE_SPACES + 100, 's');
    const sockets: TestSocket[] = [];
    const queue = spaces.values();
    const open = async () => {
      for (const space of queue) {
        sockets.push(await TestSocket.connect(hub.url, await tokenFor('ada', { space })));
      }
    };
    await Promise.all(Array.from({ length: 20 }, open));
    expect(await channels()).toBe(before + spaces.length);
    for (const socket of sockets) socket.close();
    await until(async () => (await channels()) <= MAX_IDLE_SPACES);

    // The first space was unsubscribed. Its users get pushes as soon as they reconnect.
    const ada = await hub.socket('ada', { space: 's0' });
    const service = await hub.service({ space: 's0' });
    const logged = await service.post<LogAnswer>('/v1/actions?wait=1', {
      actor: null,
      verb: 'happened',
      notify: ['ada'],
    });
    expect(logged.status).toBe(200);
    const push = await until(() => ada.items[0]);
    const { items } = await ada.get<FeedPage>('feed:list', {});
    expect(items.map(({ id }) => id)).toEqual([push.item.id]);
    // More than a thousand connections take a while on a busy machine.
  }, 180_000);
});
