/** Faults of Redis and the database: crash, restart, stop, full memory, full disk, wrong clock. */
import type { ManagedService } from '../system/services.ts';
import type { System } from '../system/system.ts';
import type { Fault, FaultDeps } from './fault.ts';

type ServiceName = 'redis' | 'database';

const serviceOf = (system: System, name: ServiceName): ManagedService =>
  name === 'redis' ? system.redis : system.database;

function defineFault(
  name: ServiceName,
  effect: string,
  run: (deps: FaultDeps, service: ManagedService) => Promise<void>,
): Fault {
  return {
    kind: `${name}-${effect}`,
    choose: () => name,
    async run(deps, target) {
      const endDisturbance = deps.pauses.disturb('database', `${target} ${effect}`);
      try {
        await run(deps, serviceOf(deps.system, name));
      } finally {
        endDisturbance();
      }
    },
  };
}

const killFault = (name: ServiceName) =>
  defineFault(name, 'kill', async ({ random, wait }, service) => {
    await service.kill();
    await wait(random.int(0, 3_000));
    await service.start();
  });

const restartFault = (name: ServiceName) =>
  defineFault(name, 'restart', async (_, service) => {
    await service.stop();
    await service.start();
  });

const freezeFault = (name: ServiceName) =>
  defineFault(name, 'stop', async ({ random, wait }, service) => {
    service.signal('SIGSTOP');
    try {
      await wait(random.int(500, 6_000));
    } finally {
      service.signal('SIGCONT');
    }
  });

/** Limits Redis's memory to little more than it uses: it rejects writes, also those of workers. */
const outOfMemory: Fault = defineFault('redis', 'maxmemory', async ({ system, random, wait }) => {
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

/** Redis exits when it cannot write its file; it is restarted when there is space. */
const outOfDisk: Fault = defineFault('redis', 'disk-full', async ({ system, random, wait }, redis) => {
  const { disk } = system.redis;
  if (!disk) return;
  redis.expectExit();
  await disk.fill();
  try {
    await wait(random.int(1_000, 6_000));
  } finally {
    await disk.free();
    // It may be exiting now; after a restart it runs for certain.
    await redis.kill();
    await redis.start();
  }
});

/** Sets the clock ahead or behind. Times that were taken before stay. */
const clockFault: Fault = {
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

const serviceNames: ServiceName[] = ['redis', 'database'];

/** The faults that this machine allows. */
export const serviceFaults = ({ redis }: System): Fault[] => [
  ...serviceNames.flatMap((each) => [killFault(each), restartFault(each), freezeFault(each)]),
  outOfMemory,
  ...(redis.disk ? [outOfDisk] : []),
  ...(redis.clock ? [clockFault] : []),
];
