/** The simulation against results that are known from queueing theory. */
import { describe, expect, test } from 'vitest';
import type { Costs } from '../../../bench/simulation/costs.ts';
import { plan } from '../../../bench/simulation/plan.ts';
import { exponential, meanOf, powerLaw, randomOf, zipf } from '../../../bench/simulation/random.ts';
import { type Load, type Machines, oneOfEach } from '../../../bench/simulation/scenario.ts';
import { simulate } from '../../../bench/simulation/simulate.ts';
import { Station } from '../../../bench/simulation/station.ts';
import { Timeline } from '../../../bench/simulation/timeline.ts';

interface Queue {
  servers: number;
  arrivalsPerMs: number;
  /** The duration of a request. */
  service(random: () => number): number;
}

/** The mean time in the queue and the utilisation, of a hundred thousand requests. */
function simulateQueue({ servers, arrivalsPerMs, service }: Queue): { wait: number; utilisation: number } {
  const [timeline, random] = [new Timeline(), randomOf(7)];
  const station = new Station(timeline, servers);
  const requests = 100_000;
  let waited = 0;
  const arrive = (left: number) => {
    if (left === 0) return;
    const [arrived, duration] = [timeline.now, service(random)];
    station.use(duration, () => {
      waited += timeline.now - arrived - duration;
    });
    timeline.after(exponential(random, 1 / arrivalsPerMs), () => arrive(left - 1));
  };
  arrive(requests);
  timeline.run();
  return { wait: waited / requests, utilisation: station.utilisation(timeline.now) };
}

describe('the mean wait', () => {
  test.each([0.3, 0.6, 0.9])('is that of M/D/1 at utilisation %d', (load) => {
    const { wait, utilisation } = simulateQueue({ servers: 1, arrivalsPerMs: load, service: () => 1 });
    expect(utilisation).toBeCloseTo(load, 1);
    expect(Math.abs(wait / (load / (2 * (1 - load))) - 1)).toBeLessThan(0.07);
  });

  test.each([0.3, 0.6, 0.9])('is that of M/M/1 at utilisation %d', (load) => {
    const service = (random: () => number) => exponential(random, 1);
    const { wait } = simulateQueue({ servers: 1, arrivalsPerMs: load, service });
    expect(Math.abs(wait / (load / (1 - load)) - 1)).toBeLessThan(0.07);
  });

  test('is that of M/M/2', () => {
    const service = (random: () => number) => exponential(random, 1);
    const { wait } = simulateQueue({ servers: 2, arrivalsPerMs: 1.6, service });
    // Erlang's formula for two servers: load² / (1 - load²).
    expect(Math.abs(wait / (0.64 / 0.36) - 1)).toBeLessThan(0.07);
  });
});

test('events run in the order of their times, and of their planning at the same time', () => {
  const [timeline, random] = [new Timeline(), randomOf(3)];
  const planned = Array.from({ length: 2_000 }, (_, order) => ({ time: Math.floor(random() * 50), order }));
  const ran: typeof planned = [];
  for (const event of planned) timeline.after(event.time, () => ran.push(event));
  timeline.run();
  expect(ran).toEqual([...planned].sort((left, right) => left.time - right.time || left.order - right.order));
});

describe('random numbers', () => {
  const sample = (next: (random: () => number) => number): number[] => {
    const random = randomOf(11);
    return Array.from({ length: 200_000 }, () => next(random));
  };
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;

  test('depend only on the seed', () => {
    const take = (seed: number) => Array.from({ length: 5 }, randomOf(seed));
    expect(take(5)).toEqual(take(5));
    expect(take(5)).not.toEqual(take(6));
  });

  test('are uniform, exponential, or follow a power law', () => {
    expect(mean(sample((random) => random()))).toBeCloseTo(0.5, 2);
    expect(mean(sample((random) => exponential(random, 4)))).toBeCloseTo(4, 1);
    const law = { min: 2, max: 1_000, exponent: 1.5 };
    const sizes = sample((random) => powerLaw(random, law));
    expect(Math.min(...sizes.slice(0, 50_000))).toBeGreaterThanOrEqual(2);
    expect(Math.max(...sizes.slice(0, 50_000))).toBeLessThanOrEqual(1_000);
    expect(mean(sizes) / meanOf(law)).toBeCloseTo(1, 1);
  });

  test('pick indexes by weight', () => {
    const picked = sample(zipf(3, 1));
    const share = (index: number) => picked.filter((each) => each === index).length / picked.length;
    expect(share(0)).toBeCloseTo(6 / 11, 2);
    expect(share(2)).toBeCloseTo(2 / 11, 2);
  });
});

describe('a simulated hub', () => {
  const costs: Costs = {
    gateway: { action: 1, item: 0.01, push: 0.2 },
    redis: { action: 0.1, batch: 0.2, item: 0.001, delivery: 0.001 },
    worker: { batch: 1, action: 0.5, item: 0.02 },
    mongo: { batch: 0.5, action: 0.3, item: 0.05, count: 0.1 },
    busBytes: 30,
  };
  const load: Load = {
    actionsPerSecond: 100,
    spaces: 50,
    spaceSkew: 0,
    audience: { min: 10, max: 10.001, exponent: 2 },
    connections: 1_000,
    connectedShare: 0.1,
  };
  const machines: Machines = { ...oneOfEach, mongoCores: 1 };
  const run = (changes: Partial<Load & Machines> = {}, actions = 5_000) =>
    simulate(
      { costs, load: { ...load, ...changes }, machines: { ...machines, ...changes } },
      { actions, seed: 1 },
    );

  test('has the same outcome for the same seed', () => {
    expect(run()).toEqual(run());
  });

  test('works as much as the costs say', () => {
    const { gateways, workers, mongo, itemsPerSecond } = run();
    expect(itemsPerSecond / 1_000).toBeCloseTo(1, 1);
    // 100 actions, 1,000 items and 100 pushes per second; few actions share a batch.
    expect(gateways.mean).toBeCloseTo(0.1 + 0.01 + 0.02, 1);
    expect(workers.mean).toBeCloseTo(0.15 + 0.02, 1);
    expect(mongo.mean).toBeCloseTo(0.08 + 0.05 + 0.01, 1);
  });

  test('takes the time of its steps while nothing waits', () => {
    const { p50 } = run({ actionsPerSecond: 1 });
    // Eight round trips of 0.2 ms, except for the last one, and the work: 1 + 0.1, then 0.2 + 1.5 + 0.5 + 0.3, 0.2 + 0.5, 0.02, 0.3.
    expect(p50).toBeGreaterThan(4.6);
    expect(p50).toBeLessThan(7);
  });

  test('processes waiting actions of a space as a batch', () => {
    const alone = run({ actionsPerSecond: 10 });
    const together = run({ actionsPerSecond: 1_000, spaces: 1, gateways: 4 });
    expect(together.workers.mean).toBeLessThan(alone.workers.mean * 100 * 0.7);
  });

  test('delays actions if a part has too much work, and not if it is divided', () => {
    const slow = run({ actionsPerSecond: 1_200 });
    expect(slow.gateways.mean).toBeGreaterThan(1);
    const fast = run({ actionsPerSecond: 1_200, gateways: 8, workers: 8, masters: 4, mongoShards: 4 });
    expect(fast.p99).toBeLessThan(slow.p50 / 10);
  });

  test('keeps a space on one master', () => {
    const { masters } = run({ spaces: 1, masters: 4 });
    expect(masters.max / masters.mean).toBeCloseTo(4, 5);
  });

  test('is half busy with the planned machines', () => {
    const large = { ...load, actionsPerSecond: 5_000, connections: 50_000 };
    const outcome = run({ ...large, ...plan(costs, large), mongoCores: 8 }, 1_500);
    for (const part of ['gateways', 'workers', 'mongo'] as const) {
      expect(outcome[part].mean, part).toBeLessThan(0.6);
      expect(outcome[part].mean, part).toBeGreaterThan(0.2);
    }
  });
});
