import { describe, expect, test } from 'vitest';
import type { Principal } from '../../../../core/access.ts';
import { HubError } from '../../../../core/errors.ts';
import type { SharedRate, Taken } from '../../../../infra/redis/rates.ts';
import { Rates } from '../../../../server/limits/rates.ts';

const principal = (sub: string, scope: 'feed' | 'service' = 'feed', space = 'default'): Principal => ({
  sub,
  space,
  scopes: new Set([scope]),
  objects: { exact: new Set(), prefixes: [] },
  verbs: null,
  expiresAt: 0,
});

/** A shared bucket that never refills. */
class Bucket implements SharedRate {
  readonly bucket: { capacity: number; seconds: number };
  readonly asked: number[] = [];
  readonly #used = new Map<string, number>();

  constructor(capacity: number) {
    this.bucket = { capacity, seconds: 10 };
  }

  async take(key: string, points: number): Promise<Taken> {
    this.asked.push(points);
    const used = (this.#used.get(key) ?? 0) + points;
    if (used > this.bucket.capacity) return { isTaken: false, retryAfterMs: 700 };
    this.#used.set(key, used);
    return { isTaken: true, left: this.bucket.capacity - used, fullInMs: 1_000 };
  }
}

function setUp(capacity: number) {
  let now = 0;
  const buckets = { log: new Bucket(capacity), call: new Bucket(capacity) };
  const gateway = () => new Rates(buckets, null, () => now);
  const pass = (ms: number) => {
    now += ms;
  };
  return { buckets, gateway, pass };
}

/** How many of so many calls pass. */
async function passed(rates: Rates, calls: number, cost = 1, who = principal('ada')): Promise<number> {
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
    const { gateway } = setUp(100);
    const [one, other] = [gateway(), gateway()];
    expect(await passed(one, 60)).toBe(60);
    const rest = await passed(other, 60);
    // What lies unused in a lease of the first gateway is at most what that gateway used, and a tenth.
    expect(rest).toBeGreaterThanOrEqual(30);
    expect(rest + (await passed(one, 60))).toBe(40);
  });

  test('costs Redis few requests for a busy subject, and no more points than it uses for a rare one', async () => {
    const { buckets, gateway, pass } = setUp(1_000);
    const rates = gateway();
    await passed(rates, 200);
    expect(buckets.call.asked.length).toBeLessThan(15);
    buckets.call.asked.length = 0;
    for (let times = 0; times < 5; times += 1) {
      pass(2_000);
      await passed(rates, 1);
    }
    expect(buckets.call.asked).toEqual([1, 1, 1, 1, 1]);
  });

  test('counts calls that come at once', async () => {
    const { gateway } = setUp(50);
    const rates = gateway();
    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, () => rates.take(principal('ada'), 'call', 1)),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
  });

  test('refuses with the time to wait, without asking Redis until then', async () => {
    const { buckets, gateway, pass } = setUp(10);
    const rates = gateway();
    await passed(rates, 10);
    await expect(rates.take(principal('ada'), 'call', 1)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 700,
    });
    const asked = buckets.call.asked.length;
    pass(300);
    await expect(rates.take(principal('ada'), 'call', 1)).rejects.toMatchObject({ retryAfterMs: 400 });
    expect(() => rates.check(principal('ada'), 'call', 1)).toThrow(HubError);
    expect(buckets.call.asked).toHaveLength(asked);
  });

  test('lets small calls pass where only a large one was refused', async () => {
    const { gateway } = setUp(10);
    const rates = gateway();
    await passed(rates, 1, 5);
    await expect(rates.take(principal('ada'), 'call', 8)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await passed(rates, 5)).toBe(5);
  });

  test('is of one kind, one subject and one space', async () => {
    const { gateway } = setUp(10);
    const rates = gateway();
    await passed(rates, 11);
    await rates.take(principal('ada'), 'log', 1);
    await rates.take(principal('bob'), 'call', 1);
    await rates.take(principal('ada', 'feed', 'other'), 'call', 1);
  });

  test('does not hold for the service scope unless it is configured', async () => {
    const { buckets, gateway } = setUp(10);
    expect(await passed(gateway(), 100, 1, principal('backend', 'service'))).toBe(100);
    const limited = new Rates(buckets, { log: new Bucket(5), call: new Bucket(5) });
    expect(await passed(limited, 100, 1, principal('backend', 'service'))).toBe(5);
  });
});
