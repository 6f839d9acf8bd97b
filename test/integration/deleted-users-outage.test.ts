/** While MongoDB is unavailable, deleted users stay locked out, and other users can continue. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../config/config.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import type { Problem } from '../../protocol/errors.ts';
import { createGateway, type Gateway } from '../../server/gateway.ts';
import { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { Outage } from '../support/outage.ts';
import { TestSocket } from '../support/socket.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let mongodb: Outage;
let redis: Redis;
/** A gateway that has cached none of the users. */
let gateway: Gateway;
let url: string;
beforeAll(async () => {
  hub = await TestHub.start();
  redis = new Redis(hub.services.config.redisUrl);
  const service = await hub.service();
  await service.post('/v1/users/old/track?wait=1', { to: 'project:1' });
  await service.post('/v1/objects/user:old/deleted?wait=1', {});
  // As if they were deleted before the hub had this index.
  await redis.del(FIRST_SHARD.deletedUsersKey('default'));
  expect((await (await hub.api('ada')).get('/v1/users/ada/feed')).status).toBe(200);
  await until(() => redis.sismember(FIRST_SHARD.deletedUsersKey('default'), ''), 'the index is complete');
  await service.post('/v1/objects/user:new/deleted?wait=1', {});

  mongodb = await Outage.before(hub.services.config.mongodbUri);
  gateway = createGateway(readConfig({ ...hub.services.env, MONGODB_URI: mongodb.url }));
  ({ url } = await gateway.listen());
  await until(async () => (await fetch(`${url}/readyz`)).ok, 'the gateway is ready');
  await mongodb.start();
});
afterAll(async () => {
  await gateway.close();
  await mongodb.close();
  redis.disconnect();
  await hub.close();
});

const log = async (user: string) =>
  new Api(url, await tokenFor(user)).post<Problem>('/v1/actions', { actor: `user:${user}`, verb: 'did' });

test.each(['old', 'new'])('a deleted user is refused over HTTP and sockets: %s', async (user) => {
  expect(await log(user)).toMatchObject({ status: 401, body: { detail: 'the user was deleted' } });
  const connecting = TestSocket.connect(url, await tokenFor(user));
  await expect(connecting).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('another user’s actions are accepted', async () => {
  expect((await log('ben')).status).toBe(202);
});

test('if Redis has lost its data too, new users get a retryable error', async () => {
  await redis.del(FIRST_SHARD.deletedUsersKey('default'));
  const refused = await log('cleo');
  expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable', retryable: true } });
  expect(refused.headers.get('retry-after')).toBe('1');
  await mongodb.end();
  await until(async () => (await log('cleo')).status === 202, 'the database is queried again');
  expect((await log('old')).status).toBe(401);
});
