/** Network faults between clients, gateways, workers, Redis and the database. */
import type { Link, LinkState } from '../../dev/link.ts';
import type { GatewayNode, System } from '../system/system.ts';
import type { Fault, FaultDeps } from './fault.ts';

type LinkKind = 'clients-gateway' | 'gateway-redis' | 'gateway-mongo' | 'worker-redis' | 'worker-mongo';

function linksOf(system: System, kind: LinkKind): Map<string, Link> {
  const [left, right] = kind.split('-');
  const nodes = left === 'worker' ? system.workers : system.gateways;
  return new Map(
    nodes.map((node) => [
      `${node.process.name}-${right === 'gateway' ? 'clients' : right}`,
      left === 'clients' ? (node as GatewayNode).clients : right === 'redis' ? node.redis : node.mongo,
    ]),
  );
}

function defineFault(
  kind: LinkKind,
  effect: string,
  run: (deps: FaultDeps, link: Link, target: string) => Promise<void>,
): Fault {
  return {
    kind: `${kind}-${effect}`,
    choose: ({ system, random }) => random.pick([...linksOf(system, kind).keys()]),
    async run(deps, target) {
      const link = linksOf(deps.system, kind).get(target);
      if (!link) throw new Error(`unknown link ${target}`);
      const endDisturbance = startDisturbance(deps, kind, target, effect);
      try {
        await run(deps, link, target);
      } finally {
        await link.set({ mode: 'open' });
        endDisturbance();
      }
    },
  };
}

/** A worker without a link cannot work. For it the database is available again when the link is. */
function startDisturbance({ pauses }: FaultDeps, kind: LinkKind, target: string, effect: string): () => void {
  // The probes do not use the client links.
  if (kind === 'clients-gateway') return () => undefined;
  if (kind.startsWith('worker')) return pauses.disturb('database', `${target} ${effect}`);
  const [gateway = target] = target.split('-');
  return pauses.disturbGateway(gateway, `${target} ${effect}`);
}

function timedFault(
  kind: LinkKind,
  effect: string,
  stateOf: (deps: FaultDeps) => LinkState,
  maxMs: number,
): Fault {
  return defineFault(kind, effect, async (deps, link) => {
    await link.set(stateOf(deps));
    await deps.wait(deps.random.int(500, maxMs));
  });
}

const linkKinds: LinkKind[] = [
  'clients-gateway',
  'gateway-redis',
  'gateway-mongo',
  'worker-redis',
  'worker-mongo',
];

export const linkFaults: Fault[] = linkKinds.flatMap((each) => [
  timedFault(each, 'cut', () => ({ mode: 'cut' }), 6_000),
  timedFault(each, 'blackhole', () => ({ mode: 'blackhole' }), 8_000),
  timedFault(each, 'half-open', () => ({ mode: 'halfOpen' }), 8_000),
  timedFault(each, 'delay', ({ random }) => ({ mode: 'delay', delayMs: random.int(20, 500) }), 10_000),
  timedFault(each, 'throttle', () => ({ mode: 'throttle', bytesPerSecond: 50_000 }), 8_000),
  defineFault(each, 'reset', async (_, link) => link.reset()),
  defineFault(each, 'half-close', async (_, link) => link.halfClose()),
]);
