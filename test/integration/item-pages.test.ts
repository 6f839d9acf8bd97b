/** A page of a feed costs what is on it, in every state, however many items there are. */
import mongoose, { type Connection, type mongo } from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { groupItems } from '../../core/model/item-groups.ts';
import { asMillis, asPosition, LAST_POSITION } from '../../core/model/units.ts';
import type { ItemScan } from '../../core/ports/feeds.ts';
import { databaseOf } from '../../infra/mongo/database-names.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import type { ItemState } from '../../protocol/entities.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';

const SPACE = 'pages';
const COUNT = 3_000;

let services: TestServices;
let connection: Connection;
let spaces: MongoSpaces;
/** The `find` commands so far. */
const finds: mongo.BSON.Document[] = [];

beforeAll(async () => {
  services = await isolatedServices();
  const { mongodbUri } = services.config;
  connection = await mongoose.createConnection(mongodbUri, { monitorCommands: true }).asPromise();
  connection.getClient().on('commandStarted', ({ command }) => {
    if (command.find) finds.push(command);
  });
  spaces = new MongoSpaces(connection, mongodbUri);
  const { feeds } = await spaces.writer(SPACE);
  const items = Array.from({ length: COUNT }, (_, number) => {
    const [action, user] = [`a${String(number).padStart(5, '0')}`, number % 3 === 0 ? 'bob' : 'ada'];
    const position = asPosition(number + 1);
    const at = asMillis(Date.UTC(2026, 0, 1) + number);
    const flags = { version: 1, unread: true, seen: false };
    return { id: `${action}:${user}`, user, action, at, position, deliveredPosition: position, ...flags };
  });
  await feeds.insert(groupItems(items));
  const all = { user: 'ada', maxPosition: LAST_POSITION, maxDeliveredPosition: LAST_POSITION };
  const ids = items.filter(({ user }) => user === 'ada').map(({ id }) => id);
  const third = ids.length / 3;
  await feeds.mark({ ...all, mark: 'archive', ids: ids.slice(0, third) }, asPosition(COUNT + 1));
  const snoozed = { ...all, mark: 'snooze' as const, snoozeUntil: asMillis(Date.UTC(2100, 0, 1)) };
  await feeds.mark({ ...snoozed, ids: ids.slice(third, 2 * third) }, asPosition(COUNT + 2));
});
afterAll(async () => {
  await connection.close();
  await services.remove();
});

/** The plans of the queries of a scan. */
async function plansOf(scan: Pick<ItemScan, 'state' | 'after'>): Promise<string[]> {
  const { feeds } = spaces.reader(SPACE);
  finds.length = 0;
  expect(await feeds.scan({ user: 'ada', limit: 20, ...scan })).toHaveLength(20);
  const database = connection.getClient().db(databaseOf(services.config.mongodbUri, SPACE));
  const plans = finds.map(async ({ find, filter, sort, limit }) => {
    const explain = { find, filter, sort, limit };
    return JSON.stringify(await database.command({ explain, verbosity: 'queryPlanner' }));
  });
  return await Promise.all(plans);
}

test.each<[ItemState, string]>([
  ['inbox', 'user_1_at_-1__id_-1'],
  ['archived', 'user_1_state_1_aside.at_-1__id_-1'],
  ['snoozed', 'user_1_state_1_aside.at_-1__id_-1'],
])('pages of the state %s come from an index, without sorting', async (state, index) => {
  const { feeds } = spaces.reader(SPACE);
  const first = await feeds.scan({ user: 'ada', state, after: null, limit: 20 });
  const last = first.at(-1);
  const next = last ? { time: last.at, id: last.id } : null;
  for (const after of [null, next]) {
    const [plan = '', ...others] = await plansOf({ state, after });
    expect(others).toEqual([]);
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/"SORT"|Sort Key/);
  }
});

test('a page of all states is a page of each', async () => {
  const plans = await plansOf({ state: 'all', after: null });
  expect(plans).toHaveLength(3);
  for (const plan of plans) expect(plan).not.toMatch(/"SORT"|Sort Key/);
});
