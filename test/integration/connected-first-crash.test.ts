import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createModels, type Models } from '../../infra/mongo/models.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { TestSocket } from '../support/socket.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { trackerDoc } from '../support/tracker-doc.ts';
import { until } from '../support/until.ts';

const FOLLOWERS = 20_000;

let hub: HubProcesses;
let models: Models;
let disconnect: () => Promise<void>;
beforeAll(async () => {
  hub = await HubProcesses.start({ gateways: 1, workers: 1 });
  const connection = await mongoose.createConnection(hub.services.config.mongodbUri).asPromise();
  disconnect = () => connection.close();
  models = createModels(connection);
});
afterAll(async () => {
  await disconnect();
  await hub.close();
});

test('a worker that dies when connected followers have an item leaves the others to the next one', {
  timeout: 120_000,
}, async () => {
  const url = hub.urls[0] ?? '';
  const service = new Api(url, await serviceToken());
  await service.post('/v1/users/zed/track', { to: 'project:big' });
  const users = Array.from({ length: FOLLOWERS - 1 }, (_, index) => `user-${index}`);
  for (let start = 0; start < users.length; start += 5_000) {
    const trackers = users.slice(start, start + 5_000).map((user) => trackerDoc(user, 'project:big', true));
    await models.trackers.insertMany(trackers, { lean: true, ordered: false });
  }
  // The last follower in the order of pages.
  const zed = await TestSocket.connect(url, await tokenFor('zed'));
  const { body } = await service.post<{ ids: string[] }>('/v1/actions', {
    actor: 'project:big',
    verb: 'released',
  });
  const [action] = body.ids;
  await until(() => zed.items.length > 0, 'the first delivery');
  await hub.workers[0]?.stop('SIGKILL');
  expect(await models.items.countDocuments({ action })).toBeLessThan(FOLLOWERS);

  await hub.addWorker();
  const isComplete = async () => (await models.items.countDocuments({ action })) === FOLLOWERS;
  await until(isComplete, 'every follower has the item', 60_000);
  expect(await models.items.distinct('user', { action })).toHaveLength(FOLLOWERS);
  await until(() => zed.counts.at(-1)?.unread === 1, 'the count');
  expect(new Set(zed.items.map(({ item }) => item.id)).size).toBe(1);
  zed.close();
});
