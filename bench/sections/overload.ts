/**
 * Fairness: for a minute, one space gets ten times the actions that the hub can process. Another space and the hub as a whole
 * must not suffer.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { startChild } from '../child.ts';
import { HubClient, trackAs } from '../client.ts';
import type { Figure } from '../figures.ts';
import { limits } from '../limits.ts';
import { cpuFigures, cpuLine, watchCpu } from '../load/cpu.ts';
import { watchMemory } from '../load/memory.ts';
import { Probe } from '../probe.ts';

const SPACE = 'loud';
const FLOODED = 'project:flooded';
const FOLLOWERS = 5;
const OVERLOAD_FACTOR = 10;
const BATCH = 500;
/** The time in which the hub must recover, and the steps in which this is checked. */
const RECOVERY_MS = 10_000;
const STEP_MS = 1_000;
/** The latency is normal again if the maximum of a step is at most this multiple of the p99 before the flood. */
const NORMAL_FACTOR = 2;
const FLOOD_REPLY_MS = 60_000;
const DELIVERY_TIMEOUT_MS = 600_000;

export async function overload(bench: Bench): Promise<Figure[]> {
  const { hub, gateway, worker, environment, sizes, progress } = bench;
  const floodedHub = new HubClient(hub.url, environment.env.HUBBUB_JWT_SECRET, SPACE);
  for (let user = 0; user < FOLLOWERS; user += 1) await trackAs(floodedHub, `follower-${user}`, FLOODED);
  const flooder = await startChild('load/flood.ts', {
    BENCH_FLOOD: JSON.stringify({
      url: hub.url,
      secret: environment.env.HUBBUB_JWT_SECRET,
      space: SPACE,
      object: FLOODED,
    }),
  });
  const probe = await Probe.start(hub);
  try {
    progress('load: measuring the sustainable rate');
    const { perSecond, logged } = await measureSustainable(floodedHub, sizes.sustained);
    progress(`load: ${Math.round(perSecond)} actions/s; measuring another space without load`);
    await probe.run(delay(2_000));
    const quiet = await probe.run(delay(sizes.quietSeconds * 1_000));
    const quietAck = probe.acknowledged.percentile(99);

    progress(`load: ${Math.round(perSecond * OVERLOAD_FACTOR)} actions/s for ${sizes.floodSeconds} s`);
    const memory = watchMemory({ gateway: gateway.pid, worker: worker.pid });
    const pids = { gateway: gateway.pid, worker: worker.pid, generator: flooder.pid, probe: process.pid };
    const cpu = watchCpu(pids);
    const flooding = flooder.request(
      { kind: 'flood', rate: perSecond * OVERLOAD_FACTOR, seconds: sizes.floodSeconds },
      'flooded',
      sizes.floodSeconds * 1_000 + FLOOD_REPLY_MS,
    );
    const during = await probe.run(flooding);
    const ack = probe.acknowledged.percentile(99);
    const shares = cpu.stop();
    progress(`load: ${cpuLine(shares)}`);
    const { flood } = await flooding;
    const normal = quiet.percentile(99) * NORMAL_FACTOR;
    const recovery = await measureRecovery(probe, floodedHub, normal);
    progress('load: waiting until everything accepted is delivered');
    const delivered = await waitForDelivery(bench, logged + flood.accepted);
    const peaks = memory.stop();

    return [
      { name: 'load.sustainable', title: 'what the hub stores and delivers', unit: '/s', hub: perSecond },
      {
        name: 'load.offered',
        title: '… offered',
        unit: '/s',
        hub: (flood.sent + flood.withheld) / sizes.floodSeconds,
      },
      { name: 'load.accepted', title: '… accepted', unit: '/s', hub: flood.accepted / sizes.floodSeconds },
      { name: 'load.refused', title: '… refused', unit: '/s', hub: flood.refused / sizes.floodSeconds },
      figure('load.untimed', 'refused without a retry time', '', flood.refusedWithoutTime),
      figure('load.failed', 'failed in any other way', '', flood.failed),
      figure('load.lost', 'accepted but not delivered', '', logged + flood.accepted - delivered),
      figure('load.gateway', 'the gateway’s memory', 'MiB', peaks.gateway ?? 0),
      figure('load.worker', 'the worker’s memory', 'MiB', peaks.worker ?? 0),
      ...cpuFigures('load', shares),
      figure('load.probeRefused', 'refused in the other space', '', probe.refused),
      {
        ...figure('load.p99', 'emit to receipt in the other space, p99', 'ms', during.percentile(99)),
        bare: quiet.percentile(99),
        ratio: during.percentile(99) / quiet.percentile(99),
      },
      {
        name: 'load.acknowledged',
        title: '… until it is accepted, p99',
        unit: 'ms',
        hub: ack,
        bare: quietAck,
        ratio: ack / quietAck,
      },
      figure('load.recovery', 'until it is back to normal', 's', recovery),
    ];
  } finally {
    probe.close();
    await flooder.stop();
  }
}

const figure = (name: keyof typeof limits, title: string, unit: Figure['unit'], hub: number): Figure => ({
  name,
  title,
  unit,
  hub,
  limit: limits[name],
});

/** Logs as fast as the hub accepts, and waits until all items are in feeds. */
async function measureSustainable(
  floodedHub: HubClient,
  batches: number,
): Promise<{ perSecond: number; logged: number }> {
  const actions = (n: number) =>
    Array.from({ length: BATCH }, (_, index) => ({
      actor: `user:flood-${index % 50}`,
      verb: 'closed',
      targets: `issue:warm-${n}`,
      related: FLOODED,
      groupingDelay: -1,
    }));
  await floodedHub.logAndWait(actions(0), 'load-warm-up');
  const started = performance.now();
  await Promise.all(
    Array.from({ length: batches }, (_, n) => floodedHub.logAndWait(actions(n + 1), `load-sustained-${n}`)),
  );
  const seconds = (performance.now() - started) / 1_000;
  return { perSecond: (batches * BATCH) / seconds, logged: (batches + 1) * BATCH };
}

/** Seconds until the maximum latency of a step is normal and the hub accepts the flooded space again, or Infinity. */
async function measureRecovery(probe: Probe, floodedHub: HubClient, normal: number): Promise<number> {
  const started = performance.now();
  while (performance.now() - started < RECOVERY_MS * 3) {
    const [step, accepted] = await Promise.all([
      probe.run(delay(STEP_MS)),
      floodedHub.log({ actor: 'user:flood-0', verb: 'opened', targets: 'issue:after' }).then(
        () => true,
        () => false,
      ),
    ]);
    if (accepted && step.percentile(100) <= normal) return (performance.now() - started - STEP_MS) / 1_000;
  }
  return Number.POSITIVE_INFINITY;
}

/** Waits until every follower has this many items, or until no more arrive. Returns the number of actions that all of them have. */
async function waitForDelivery({ environment }: Bench, expected: number): Promise<number> {
  const items = environment.mongo.db(`${environment.database}-${SPACE}`).collection('items');
  const minimum = async () => {
    const counts = await Promise.all(
      Array.from({ length: FOLLOWERS }, (_, user) => items.countDocuments({ user: `follower-${user}` })),
    );
    return Math.min(...counts);
  };
  const deadline = performance.now() + DELIVERY_TIMEOUT_MS;
  let delivered = await minimum();
  while (delivered < expected && performance.now() < deadline) {
    await delay(STEP_MS);
    delivered = await minimum();
  }
  return delivered;
}
