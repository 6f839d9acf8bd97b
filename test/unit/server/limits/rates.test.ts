import { describe, expect, test } from 'vitest';
import type { Principal } from '../../../../core/access/principal.ts';
import { HubError } from '../../../../core/errors.ts';
import { asMillis } from '../../../../core/model/units.ts';
import type { SharedRate, TakeResult } from '../../../../infra/redis/rates.ts';
import { Rates } from '../../../../server/limits/rates.ts';

const principal = (sub: string, scope: 'feed' | 'service' = 'feed', space = 'default'): Principal => ({
  sub,
  space,
  scopes: new Set([scope]),
  objects: { exact: new Set(), prefixes: [] },
  verbs: null,
  expiresAt: asMillis(0),
});

/** A shared bucket that never refills. */
class Bucket implements SharedRate {
  readonly bucket: { capacity: number; seconds: number };
  readonly requests: number[] = [];
  readonly #used = new Map<string, number>();

  constructor(capacity: number) {
    this.bucket = { capacity, seconds: 10 };
  }

  async take(key: string, points: number): Promise<TakeResult> {
    this.requests.push(points);
    const used = (this.#used.get(key) ?? 0) + points;
    if (used > this.bucket.capacity) return { isTaken: false, retryAfterMs: 700 };
    this.#used.set(key, used);
    return { isTaken: true, left: this.bucket.capacity - used, fullInMs: 1_000 };
  }
}

function setUp(capacity: number) {
  let now = 0;
  const buckets = { log: new Bucket(capacity), call: new Bucket(capacity) };
  const createGateway = () => new Rates(buckets, null, () => now);
  const advance = (ms: number) => {
    now += ms;
  };
  return { buckets, createGateway, advance };
}

/** Makes `calls` calls and returns how many are allowed. */
async function allowedCount(rates: Rates, calls: number, cost = 1, who = principal('ada')): Promise<number> {
  let count = 0;
  for (let call = 0; call < calls; call += 1) {
    try {
      await rates.take(who, 'call', cost);
      count += 1;
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
    }
  }
  return count;
}

describe('the rate of a subject', () => {
  test('is exact over several gateways, though each takes leases', async () => {
    const { createGateway } = setUp(100);
    const [one, other] = [createGateway(), createGateway()];
    expect(await allowedCount(one, 60)).toBe(60);
    const remaining = await allowedCount(other, 60);
    // The unused part of the first gateway's lease is at most what that gateway used, plus a tenth.
    expect(remaining).toBeGreaterThanOrEqual(30);
    expect(remaining + (await allowedCount(one, 60))).toBe(40);
  });

  test('costs Redis few requests for a busy subject, and no more points than it uses for a rare one', async () => {
    const { buckets, createGateway, advance } = setUp(1_000);
    const rates = createGateway();
    await allowedCount(rates, 200);
    expect(buckets.call.requests.length).toBeLessThan(15);
    buckets.call.requests.length = 0;
    for (let round = 0; round < 5; round += 1) {
      advance(2_000);
      await allowedCount(rates, 1);
    }
    expect(buckets.call.requests).toEqual([1, 1, 1, 1, 1]);
  });

  test('counts concurrent calls', async () => {
    const { createGateway } = setUp(50);
    const rates = createGateway();
    const responses = await Promise.allSettled(
      Array.from({ length: 200 }, () => rates.take(principal('ada'), 'call', 1)),
    );
    expect(responses.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
  });

  test('refuses with the time to wait, without calling Redis until then', async () => {
    const { buckets, createGateway, advance } = setUp(10);
    const rates = createGateway();
    await allowedCount(rates, 10);
    await expect(rates.take(principal('ada'), 'call', 1)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 700,
    });
    const callCount = buckets.call.requests.length;
    advance(300);
    await expect(rates.take(principal('ada'), 'call', 1)).rejects.toMatchObject({ retryAfterMs: 400 });
    expect(() => rates.check(principal('ada'), 'call', 1)).toThrow(HubError);
    expect(buckets.call.requests).toHaveLength(callCount);
  });

  test('allows small calls after only a large one was refused', async () => {
    const { createGateway } = setUp(10);
    const rates = createGateway();
    await allowedCount(rates, 1, 5);
    await expect(rates.take(principal('ada'), 'call', 8)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await allowedCount(rates, 5)).toBe(5);
  });

  test('applies per kind, subject and space', async () => {
    const { createGateway } = setUp(10);
    const rates = createGateway();
    await allowedCount(rates, 11);
    await rates.take(principal('ada'), 'log', 1);
    await rates.take(principal('bob'), 'call', 1);
    await rates.take(principal('ada', 'feed', 'other'), 'call', 1);
  });

  test('does not apply to the service scope unless it is configured', async () => {
    const { buckets, createGateway } = setUp(10);
    expect(await allowedCount(createGateway(), 100, 1, principal('backend', 'service'))).toBe(100);
    const limited = new Rates(buckets, { log: new Bucket(5), call: new Bucket(5) });
    expect(await allowedCount(limited, 100, 1, principal('backend', 'service'))).toBe(5);
  });
});
