/**
 * Emit to receipt, one action at a time. Blocks of the hub and of the bare path alternate, so that other work of the machine
 * affects both.
 */
import { startBarePath } from '../bare-path.ts';
import type { Bench } from '../bench.ts';
import { compareRounds, type Round } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { Latencies } from '../latencies.ts';
import { limits } from '../limits.ts';
import { hubPath, Probe } from '../probe.ts';
import { faultOf } from '../tally.ts';

const SHARES = [50, 99] as const;

export async function latency({ hub, environment, sizes, progress }: Bench): Promise<Figure[]> {
  const path = await hubPath(hub, 'latency');
  const bare = await startBarePath(environment);
  const probes = { hub: new Probe(path), bare: new Probe(await bare.open(path.payload)) };
  const rounds: Record<(typeof SHARES)[number], Round[]> = { 50: [], 99: [] };
  try {
    await probes.bare.runSerially(sizes.warmUp, new Latencies());
    await probes.hub.runSerially(sizes.warmUp, new Latencies());
    for (let round = 1; round <= sizes.latencyRounds; round += 1) {
      const found = { hub: new Latencies(), bare: new Latencies() };
      while (found.hub.count < sizes.samples) {
        const samples = Math.min(sizes.block, sizes.samples - found.hub.count);
        await probes.hub.runSerially(samples, found.hub);
        await probes.bare.runSerially(samples, found.bare);
      }
      for (const share of SHARES) {
        rounds[share].push({ hub: found.hub.percentile(share), bare: found.bare.percentile(share) });
      }
      progress(`latency: round ${round} of ${sizes.latencyRounds}`);
    }
  } finally {
    probes.hub.close();
    probes.bare.close();
    await bare.stop();
  }
  // A missing receipt ends the section.
  const { count, doubled } = probes.hub;
  const fault = faultOf('receipts', count, { distinct: count, doubled });
  return SHARES.map((share) => ({
    name: `latency.p${share}`,
    title: `emit to receipt, p${share}`,
    unit: 'ms',
    ...compareRounds(rounds[share]),
    goal: goals[`latency.p${share}`],
    limit: limits[`latency.p${share}`],
    fault,
  }));
}
