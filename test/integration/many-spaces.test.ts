import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { StoredAction } from '../../core/model.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { BusSubscriber, MOST_IDLE_SPACES, RedisBus } from '../../infra/redis/bus.ts';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { TestSocket } from '../support/socket.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

const names = (count: number, prefix: string) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('databases', () => {
  async function spacesOf(most: number) {
    const { mongodbUri } = hub.services.config;
    const connection = await mongoose.createConnection(mongodbUri).asPromise();
    onTestFinished(() => connection.close());
    const spaces = new MongoSpaces(connection, mongodbUri, most);
    /** What the connection holds on to. */
    const held = (): number => {
      const databases: unknown = Reflect.get(connection, 'otherDbs');
      return Array.isArray(databases) ? databases.length : Number.NaN;
    };
    return { connection, spaces, held };
  }

  const action = (id: string): StoredAction => ({
    id,
    actor: null,
    verb: 'opened',
    targets: [],
    related: [],
    level: 30,
    data: {},
    timestamp: 1,
    updatedAt: 1,
    count: 1,
    notify: [],
    rev: 1,
  });

  test('of so many spaces are kept, of others let go, and what is under way there goes on', async () => {
    const { spaces, held } = await spacesOf(3);
    const first = await spaces.writer('first');
    const under = first.actions.insertInOrder([action('1')], 1);
    for (const name of names(50, 'db')) expect((await spaces.reader(name).actions.byIds(['1'])).size).toBe(0);
    expect(held()).toBe(3);
    expect(await under).toBe(1);
    expect(await first.actions.insertInOrder([action('2')], 1)).toBe(1);
    expect((await spaces.reader('first').actions.byIds(['1', '2'])).size).toBe(2);
  });

  test('used again and again stay open', async () => {
    const { spaces } = await spacesOf(2);
    const kept = spaces.reader('kept');
    for (const name of names(10, 'db')) {
      spaces.reader(name);
      expect(spaces.reader('kept')).toBe(kept);
    }
    spaces.reader('a');
    spaces.reader('b');
    expect(spaces.reader('kept')).not.toBe(kept);
  });

  test('have their indexes, also when opened again', async () => {
    const { connection, spaces } = await spacesOf(1);
    const indexes = async (name: string) => {
      const database = connection.useDb(`${connection.name}-${name}`);
      const collections = ['actions', 'trackers', 'items', 'events'];
      const found = await Promise.all(collections.map((each) => database.collection(each).indexes()));
      return found.map((each) => each.length);
    };
    await spaces.writer('indexed');
    const made = await indexes('indexed');
    expect(Math.min(...made)).toBeGreaterThan(1);
    await spaces.writer('other');
    await connection.useDb(`${connection.name}-indexed`).dropDatabase();
    const again = await spaces.writer('indexed');
    await again.actions.insertInOrder([action('1')], 1);
    expect(await indexes('indexed')).toEqual(made);
  });
});

describe('channels', () => {
  async function ears(most: number) {
    const { redisUrl } = hub.services.config;
    const [ear, mouth] = [new Redis(redisUrl, { autoResubscribe: false }), new Redis(redisUrl)];
    onTestFinished(() => {
      ear.disconnect();
      mouth.disconnect();
    });
    const heard: string[] = [];
    const onMessage = (space: string, message: BusMessage) => {
      if (message.kind === 'settled') heard.push(...message.ids.map((id) => `${space} ${id}`));
    };
    const listener = { onMessage, onGap: () => heard.push('gap') };
    const subscriber = new BusSubscriber(ear, listener, pino({ level: 'silent' }), most);
    const say = (space: string, id: string) =>
      new RedisBus(mouth).publish(space, { kind: 'settled', ids: [id] });
    const subscribed = async () => {
      const prefix = `hubbub:${mouth.options.db}:push:`;
      const channels = await mouth.pubsub('CHANNELS', `${prefix}*`);
      return channels.map((channel) => String(channel).slice(prefix.length)).sort();
    };
    return { mouth, subscriber, heard, say, subscribed };
  }

  test('that nobody holds are left, the longest unused first', async () => {
    const { subscriber, subscribed } = await ears(2);
    for (const space of ['a', 'b', 'c']) await subscriber.join(space);
    await subscriber.join('b');
    await subscriber.join('d');
    await until(async () => String(await subscribed()) === 'b,d');
    expect(subscriber.size).toBe(2);
  });

  test('that are held stay, however many, until they are released', async () => {
    const { subscriber, heard, say, subscribed } = await ears(1);
    const holds = names(20, 'h').map((space) => subscriber.hold(space));
    const twice = subscriber.hold('h0');
    await Promise.all(holds.map(({ joined }) => joined));
    expect(await subscribed()).toHaveLength(20);
    await say('h19', '1');
    await until(() => heard.includes('h19 1'));
    for (const { release } of holds) release();
    for (const { release } of holds) release();
    await until(async () => String(await subscribed()) === 'h0,h19');
    twice.release();
    await until(async () => String(await subscribed()) === 'h0');
  });

  test('left and joined again bring messages again', async () => {
    const { subscriber, heard, say } = await ears(1);
    for (let turn = 0; turn < 20; turn += 1) {
      const space = `t${turn % 2}`;
      await subscriber.join(space);
      await say(space, String(turn));
      await until(() => heard.includes(`${space} ${turn}`));
    }
    const { joined, wasAway } = subscriber.hold('t0');
    await joined;
    expect(wasAway).toBe(true);
    expect(subscriber.hold('t0').wasAway).toBe(false);
  });

  test('are the same after the connection broke', async () => {
    const { mouth, subscriber, heard, say, subscribed } = await ears(3);
    const spaces = names(700, 'r');
    const holds = spaces.map((space) => subscriber.hold(space));
    await Promise.all(holds.map(({ joined }) => joined));
    await mouth.call('CLIENT', 'KILL', 'ID', await idOf(mouth, spaces.length));
    await until(() => heard.includes('gap'));
    expect(await subscribed()).toEqual([...spaces].sort());
    await say('r699', 'after');
    await until(() => heard.includes('r699 after'));
  });

  /** Of the connection that listens to so many channels, which cannot be asked itself. */
  async function idOf(mouth: Redis, channels: number): Promise<string> {
    const clients = String(await mouth.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
    const own = clients.find(
      (line) => line.includes(` db=${mouth.options.db} `) && line.includes(` sub=${channels} `),
    );
    return /^id=(\d+)/.exec(own ?? '')?.[1] ?? '';
  }
});

describe('a gateway', () => {
  test('hears of the spaces whose users are here, and of few others', async () => {
    const redis = new Redis(hub.services.config.redisUrl);
    onTestFinished(() => redis.disconnect());
    const channels = async () => (await redis.pubsub('CHANNELS', `hubbub:${redis.options.db}:push:*`)).length;
    const before = await channels();
    const spaces = names(MOST_IDLE_SPACES + 100, 's');
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
    await until(async () => (await channels()) <= MOST_IDLE_SPACES);

    // The first was left; its users hear of what happens as soon as they are back.
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
    // A thousand and more connections take their time where much else runs.
  }, 180_000);
});
