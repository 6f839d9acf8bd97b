/** Redis and the database die, are restarted, stand still, run out of memory or disk, and have wrong clocks. */
import type { OwnService } from '../system/services.ts';
import type { System } from '../system/system.ts';
import type { Fault, FaultDeps } from './fault.ts';

type Which = 'redis' | 'database';

const serviceOf = (system: System, which: Which): OwnService =>
  which === 'redis' ? system.redis : system.database;

function fault(
  which: Which,
  what: string,
  run: (deps: FaultDeps, service: OwnService) => Promise<void>,
): Fault {
  return {
    kind: `${which}-${what}`,
    choose: () => which,
    async run(deps, about) {
      const over = deps.pauses.disturb('database', `${about} ${what}`);
      try {
        await run(deps, serviceOf(deps.system, which));
      } finally {
        over();
      }
    },
  };
}

const killed = (which: Which) =>
  fault(which, 'kill', async ({ random, wait }, service) => {
    await service.kill();
    await wait(random.int(0, 3_000));
    await service.start();
  });

const restarted = (which: Which) =>
  fault(which, 'restart', async (_, service) => {
    await service.stop();
    await service.start();
  });

const stopped = (which: Which) =>
  fault(which, 'stop', async ({ random, wait }, service) => {
    service.signal('SIGSTOP');
    try {
      await wait(random.int(500, 6_000));
    } finally {
      service.signal('SIGCONT');
    }
  });

/** Redis may hold little more than it holds: it refuses what would take memory, of workers too. */
const outOfMemory: Fault = fault('redis', 'maxmemory', async ({ system, random, wait }) => {
  const { client } = system.redis;
  const info = await client.info('memory');
  const used = Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0);
  await client.config('SET', 'maxmemory', String(Math.max(1, used + random.int(-100_000, 50_000))));
  try {
    await wait(random.int(1_000, 6_000));
  } finally {
    await client.config('SET', 'maxmemory', '0');
  }
});

/** Redis gives up where it cannot write to its file; it is started again when there is room. */
const outOfDisk: Fault = fault('redis', 'disk-full', async ({ system, random, wait }, redis) => {
  const { disk } = system.redis;
  if (!disk) return;
  redis.expectExit();
  await disk.fill();
  try {
    await wait(random.int(1_000, 6_000));
  } finally {
    await disk.free();
    // It may be exiting just now: started again, it is known to run.
    await redis.kill();
    await redis.start();
  }
});

/** Ahead or behind; what was taken with the clock of before stays. */
const jumped: Fault = {
  kind: 'redis-clock',
  choose: () => 'redis clock',
  async run({ system, random, wait }) {
    const { clock } = system.redis;
    if (!clock) return;
    const by = random.int(10, 120);
    try {
      clock.set(random.chance(0.5) ? by : -by);
      await wait(random.int(3_000, 12_000));
    } finally {
      clock.set(0);
    }
  },
};

const which: Which[] = ['redis', 'database'];

/** Those that this machine allows. */
export const serviceFaults = ({ redis }: System): Fault[] => [
  ...which.flatMap((each) => [killed(each), restarted(each), stopped(each)]),
  outOfMemory,
  ...(redis.disk ? [outOfDisk] : []),
  ...(redis.clock ? [jumped] : []),
];
