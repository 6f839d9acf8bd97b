/** Every merge happens once, even if workers crash during it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Action, Counts, LogAnswer, Page } from '../../protocol/entities.ts';
import { wholeFeed } from '../support/feeds.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const ACTIONS = 600;
const ACTORS = 3;

let hub: HubProcesses;
let api: Api;
beforeAll(async () => {
  hub = await HubProcesses.start({ gateways: 1, workers: 2 });
  api = new Api(hub.urls[0] ?? '', await serviceToken());
});
afterAll(() => hub.close());

const everything = async (): Promise<Action[]> => (await api.get<Page<Action>>('/v1/actions')).body.items;
const counted = async () => (await everything()).reduce((sum, action) => sum + action.count, 0);

test('groups that grow while workers are killed count everything once', { timeout: 180_000 }, async () => {
  await api.post('/v1/users/ada/track?wait=1', { to: 'project:p1', actorOnly: false });
  const numbers: number[] = [];
  const send = async (from: number, to: number) => {
    for (let index = from; index < to; index += 1) {
      const { body } = await api.post<LogAnswer>('/v1/actions', {
        actor: `user:bob-${index % ACTORS}`,
        verb: 'touched',
        targets: `issue:${index % 7}`,
        related: 'project:p1',
        groupingDelay: 3_600,
        numbers: [index],
      });
      expect(body.ids).toHaveLength(1);
      numbers.push(index);
    }
  };
  const sent = Promise.all([send(0, ACTIONS / 2), send(ACTIONS / 2, ACTIONS)]);
  for (let killed = 0; killed < 4; killed += 1) {
    const before = await counted();
    await until(async () => (await counted()) > before || numbers.length === ACTIONS, 'groups grow');
    await hub.workers[killed]?.stop('SIGKILL');
    await hub.addWorker();
  }
  await sent;
  await until(async () => (await counted()) >= ACTIONS, 'everything is in groups', 90_000);
  // When it is completed, feeds contain all earlier actions of its partition.
  const last = Array.from({ length: ACTORS }, (_, actor) => ({ actor: `user:bob-${actor}`, verb: 'ended' }));
  expect((await api.post('/v1/actions?wait=1', { actions: last })).status).toBe(200);
  const groups = (await everything()).filter((action) => action.verb === 'touched');
  expect(groups.map((action) => action.count)).toEqual(
    Array.from({ length: ACTORS }, () => ACTIONS / ACTORS),
  );
  expect(groups.flatMap((action) => action.data.numbers as number[]).sort((a, b) => a - b)).toEqual(
    Array.from({ length: ACTIONS }, (_, index) => index),
  );
  const items = await wholeFeed(api, 'ada');
  expect(items.map((item) => [item.action.id, item.at]).sort()).toEqual(
    groups.map((action) => [action.id, action.updatedAt]).sort(),
  );
  const counts = await api.get<Counts>('/v1/users/ada/feed/counts');
  expect(counts.body).toEqual({ unread: ACTORS, unseen: ACTORS, capped: false });
});
