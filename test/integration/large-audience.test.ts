import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createModels, type Models } from '../../infra/mongo/models.ts';
import type { LogAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { trackerDoc } from '../support/tracker-doc.ts';
import { until } from '../support/until.ts';

/** Too many followers for a batch job: a separate fan-out job delivers to all of them. */
const FOLLOWERS = 12_000;

let hub: TestHub;
let models: Models;
let disconnect: () => Promise<void>;
beforeAll(async () => {
  hub = await TestHub.start();
  const connection = await mongoose.createConnection(hub.services.config.mongodbUri).asPromise();
  disconnect = () => connection.close();
  models = createModels(connection);
  const service = await hub.service();
  // Creates the indexes.
  await service.post('/v1/users/connected/track', { to: 'project:big', actorOnly: false });
  const followers = Array.from(
    { length: FOLLOWERS - 1 },
    (_, index) => `user-${String(index).padStart(6, '0')}`,
  );
  for (let start = 0; start < followers.length; start += 2_000) {
    const users = followers.slice(start, start + 2_000);
    // All follow the project, and every second one also the actor: two trackers, one item.
    const trackers = users.flatMap((user, index) => [
      trackerDoc(user, 'project:big', false),
      ...(index % 2 === 0 ? [trackerDoc(user, 'user:bob', true)] : []),
    ]);
    await models.trackers.insertMany(trackers, { lean: true, ordered: false });
  }
});
afterAll(async () => {
  await disconnect();
  await hub.close();
});

test('every follower of a large audience gets one item, and `wait` waits for all of them', async () => {
  const service = await hub.service();
  const connected = await hub.socket('connected');
  const actions = Array.from({ length: 2 }, () => ({
    actor: 'user:bob',
    verb: 'released',
    related: 'project:big',
    groupingDelay: -1,
  }));
  const { status, body } = await service.post<LogAnswer>('/v1/actions?wait=1', { actions });
  expect(status).toBe(200);
  expect(body.results).toHaveLength(2);
  for (const action of body.ids) {
    expect(await models.items.countDocuments({ action })).toBe(FOLLOWERS);
    expect(await models.items.countDocuments({ action, unread: true })).toBe(FOLLOWERS);
    expect(await models.items.distinct('user', { action })).toHaveLength(FOLLOWERS);
  }
  await until(() => connected.counts.at(-1)?.unread === 2);
  expect(connected.items.map(({ item }) => item.action.id).sort()).toEqual([...body.ids].sort());
});
