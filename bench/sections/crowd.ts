/** Latency of an active user beside thousands of idle connections, and while hundreds of clients reconnect at once. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { startChild } from '../child.ts';
import type { Figure } from '../figures.ts';
import { limits } from '../limits.ts';
import { cpuFigures, cpuLine, watchCpu } from '../load/cpu.ts';
import { watchMemory } from '../load/memory.ts';
import { Probe } from '../probe.ts';

const SPACE = 'crowd';
const RESUME_MS = 120_000;

export async function crowd({
  hub,
  gateway,
  worker,
  environment,
  sizes,
  progress,
}: Bench): Promise<Figure[]> {
  const memory = watchMemory({ gateway: gateway.pid });
  progress(`load: ${sizes.idle} idle connections, and ${sizes.resuming} that resume`);
  const probe = await Probe.start(hub);
  try {
    await probe.run(delay(2_000));
    const baseline = await probe.run(delay(sizes.quietSeconds * 1_000));
    const crowdProcess = await startChild('load/crowd.ts', {
      BENCH_CROWD: JSON.stringify({
        url: hub.url,
        secret: environment.env.HUBBUB_JWT_SECRET,
        space: SPACE,
        idle: sizes.idle,
        resuming: sizes.resuming,
      }),
    });
    try {
      const besideIdle = await probe.run(delay(sizes.quietSeconds * 1_000));
      const pids = {
        gateway: gateway.pid,
        worker: worker.pid,
        generator: crowdProcess.pid,
        probe: process.pid,
      };
      const cpu = watchCpu(pids);
      const resuming = crowdProcess.request({ kind: 'resume' }, 'resumed', RESUME_MS);
      const stormCpu = resuming.then(() => cpu.stop());
      // The reconnections take seconds; the measurement takes as long as the one before.
      const during = await probe.run(Promise.all([resuming, delay(sizes.quietSeconds * 1_000)]));
      const { seconds, failed } = await resuming;
      const shares = await stormCpu;
      progress(`load: ${cpuLine(shares)}`);
      const { gateway: peak = 0 } = memory.stop();
      return [
        {
          name: 'crowd.idle',
          title: `emit to receipt beside ${sizes.idle} idle connections, p99`,
          unit: 'ms',
          hub: besideIdle.percentile(99),
          bare: baseline.percentile(99),
          ratio: besideIdle.percentile(99) / baseline.percentile(99),
        },
        {
          name: 'crowd.p99',
          title: `… while ${sizes.resuming} clients resume at once, p99`,
          unit: 'ms',
          hub: during.percentile(99),
          bare: besideIdle.percentile(99),
          ratio: during.percentile(99) / besideIdle.percentile(99),
          limit: limits['crowd.p99'],
        },
        { name: 'crowd.seconds', title: '… until the last one has resumed', unit: 's', hub: seconds },
        {
          name: 'crowd.failed',
          title: '… that could not',
          unit: '',
          hub: failed,
          limit: limits['crowd.failed'],
        },
        ...cpuFigures('crowd', shares),
        { name: 'crowd.gateway', title: 'the gateway’s memory', unit: 'MiB', hub: peak },
      ];
    } finally {
      await crowdProcess.stop();
    }
  } finally {
    memory.stop();
    probe.close();
  }
}
