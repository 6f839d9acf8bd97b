/**
 * Emit to receipt at half the sustained rate: 1,000 actors log through 50 sockets while one sender and one receiver measure. It is
 * compared with the idle bare path, and with the bare path under the same load.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  ActorLoad,
  countItems,
  createActors,
  FOLLOWERS,
  sustainedRate,
  waitUntilDelivered,
} from '../actor-load.ts';
import { startBarePath } from '../bare-path.ts';
import type { Bench } from '../bench.ts';
import { compareRounds } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { Latencies } from '../latencies.ts';
import { hubPath, Probe } from '../probe.ts';
import { faultOf, joinFaults } from '../tally.ts';

const INTERVAL_MS = 15;
const SHARES = [50, 99] as const;

export async function halfRate(bench: Bench): Promise<Figure[]> {
  const { hub, environment, sizes, progress } = bench;
  await createActors(environment);
  const path = await hubPath(hub, 'half');
  const bare = await startBarePath(environment);
  const probes = {
    hub: new Probe(path, INTERVAL_MS),
    bare: new Probe(await bare.open(path.payload), INTERVAL_MS),
  };
  const load = { hub: await ActorLoad.toHub(hub), bare: await ActorLoad.toBare(bare.url) };
  const rounds: Array<{ hub: Latencies; bare: Latencies; idle: Latencies }> = [];
  const faults: Array<string | undefined> = [];
  let rate = 0;
  try {
    rate = (await sustainedRate(bench, load.hub)) / 2;
    await probes.bare.runSerially(sizes.warmUp, new Latencies());
    for (let round = 1; round <= sizes.rounds; round += 1) {
      progress(`half: ${Math.round(rate)} actions/s, round ${round} of ${sizes.rounds}`);
      const idle = new Latencies();
      await probes.bare.runSerially(sizes.samples, idle);
      const underLoad = async (kind: 'hub' | 'bare') => {
        const lasting = delay(sizes.halfRateSeconds * 1_000);
        const [found, ids] = await Promise.all([probes[kind].run(lasting), load[kind].atRate(rate, lasting)]);
        return { found, ids };
      };
      const { found, ids } = await underLoad('hub');
      await waitUntilDelivered(environment);
      faults.push(faultOf('items', ids.length * FOLLOWERS, { distinct: await countItems(environment, ids) }));
      rounds.push({ hub: found, bare: (await underLoad('bare')).found, idle });
    }
  } finally {
    for (const each of Object.values(probes)) each.close();
    for (const each of Object.values(load)) each.close();
    await bare.stop();
  }
  const { count, doubled } = probes.hub;
  const fault = joinFaults(
    ...faults,
    faultOf('receipts', count, { distinct: count - probes.hub.refused, doubled }),
  );
  const compare = (share: number, beside: 'idle' | 'bare') =>
    compareRounds(
      rounds.map((round) => ({ hub: round.hub.percentile(share), bare: round[beside].percentile(share) })),
    );
  return [
    ...SHARES.map(
      (share): Figure => ({
        name: `half.p${share}`,
        title: `emit to receipt at ${Math.round(rate).toLocaleString('en')} actions/s, p${share}, beside idle bare`,
        unit: 'ms',
        ...compare(share, 'idle'),
        goal: goals[`half.p${share}`],
        fault,
      }),
    ),
    ...SHARES.map(
      (share): Figure => ({
        name: `half.sameLoad.p${share}`,
        title: `… p${share}, beside bare under the same load`,
        unit: 'ms',
        ...compare(share, 'bare'),
      }),
    ),
  ];
}
