/** Gateways forget displays before the call that changed them returns. */
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { BusSubscriber } from '../../infra/redis/bus.ts';
import { ALL_GATEWAYS, announceDisplays, confirmDisplays } from '../../infra/redis/display-changes.ts';
import { channelName } from '../../infra/redis/keys.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);
let services: TestServices;
let redis: Redis;
beforeAll(async () => {
  services = await isolatedServices();
  redis = new Redis(services.config.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await services.remove();
});

/** The spaces, and the names of the replies, in the order of arrival at all gateways. */
let received: Array<{ space: string; reply: string }>;
beforeEach(() => {
  received = [];
});

/** The subscription of a gateway. The test replies. */
async function gateway(): Promise<void> {
  const connection = new Redis(services.config.redisUrl, { autoResubscribe: false });
  onTestFinished(() => connection.disconnect());
  const subscriber = new BusSubscriber(
    connection,
    shards,
    {
      onMessage(_channel, message) {
        if (message.kind === 'displaysChanged') received.push(message);
      },
      onGap: () => undefined,
    },
    pino({ level: 'silent' }),
  );
  await subscriber.retain(ALL_GATEWAYS).subscribed;
}

describe('a change', () => {
  test('is announced until all gateways have replied', async () => {
    await gateway();
    await gateway();
    let isDone = false;
    const announced = announceDisplays(redis, shards, 'acme', 60_000).then(() => {
      isDone = true;
    });
    await until(() => received.length === 2, 'both know');
    expect(received.map(({ space }) => space)).toEqual(['acme', 'acme']);
    const [{ reply } = { reply: '' }] = received;
    await confirmDisplays(redis, shards, reply);
    await until(
      async () => (await redis.exists(shards.of(ALL_GATEWAYS).repliesKey(ALL_GATEWAYS, reply))) === 0,
    );
    expect(isDone).toBe(false);
    await confirmDisplays(redis, shards, reply);
    await announced;
  });

  test('waits no longer than gateways keep what they know', async () => {
    await gateway();
    await announceDisplays(redis, shards, 'acme', 5);
    expect(received).toHaveLength(1);
  });

  test('waits for nobody if there is no gateway', async () => {
    const channel = channelName(redis.options.db ?? 0, ALL_GATEWAYS);
    await until(
      async () => (await redis.pubsub('NUMSUB', channel))[1] === 0,
      'those of other tests are gone',
    );
    await announceDisplays(redis, shards, 'acme', 60_000);
  });
});
