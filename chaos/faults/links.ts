/** Networks between clients, gateways, workers, Redis and the database: cut, slow, one-way, silent. */
import type { Link, LinkState } from '../../dev/link.ts';
import type { GatewayNode, System } from '../system/system.ts';
import type { Fault, FaultDeps } from './fault.ts';

type Between = 'clients-gateway' | 'gateway-redis' | 'gateway-mongo' | 'worker-redis' | 'worker-mongo';

function linksOf(system: System, between: Between): Map<string, Link> {
  const [left, right] = between.split('-');
  const nodes = left === 'worker' ? system.workers : system.gateways;
  return new Map(
    nodes.map((node) => [
      `${node.process.name}-${right === 'gateway' ? 'clients' : right}`,
      left === 'clients' ? (node as GatewayNode).clients : right === 'redis' ? node.redis : node.mongo,
    ]),
  );
}

function fault(
  between: Between,
  what: string,
  run: (deps: FaultDeps, link: Link, about: string) => Promise<void>,
): Fault {
  return {
    kind: `${between}-${what}`,
    choose: ({ system, random }) => random.pick([...linksOf(system, between).keys()]),
    async run(deps, about) {
      const link = linksOf(deps.system, between).get(about);
      if (!link) throw new Error(`there is no link ${about}`);
      const over = disturb(deps, between, about, what);
      try {
        await run(deps, link, about);
      } finally {
        await link.set({ mode: 'open' });
        over();
      }
    },
  };
}

/** A worker that is cut off is as good as dead, and its database comes back for it when the link does. */
function disturb({ pauses }: FaultDeps, between: Between, about: string, what: string): () => void {
  // Those who measure do not go through the links of clients.
  if (between === 'clients-gateway') return () => undefined;
  if (between.startsWith('worker')) return pauses.disturb('database', `${about} ${what}`);
  const [gateway = about] = about.split('-');
  return pauses.disturbGateway(gateway, `${about} ${what}`);
}

function held(between: Between, what: string, stateOf: (deps: FaultDeps) => LinkState, most: number): Fault {
  return fault(between, what, async (deps, link) => {
    await link.set(stateOf(deps));
    await deps.wait(deps.random.int(500, most));
  });
}

const between: Between[] = [
  'clients-gateway',
  'gateway-redis',
  'gateway-mongo',
  'worker-redis',
  'worker-mongo',
];

export const linkFaults: Fault[] = between.flatMap((each) => [
  held(each, 'cut', () => ({ mode: 'cut' }), 6_000),
  held(each, 'blackhole', () => ({ mode: 'blackhole' }), 8_000),
  held(each, 'half-open', () => ({ mode: 'halfOpen' }), 8_000),
  held(each, 'delay', ({ random }) => ({ mode: 'delay', delayMs: random.int(20, 500) }), 10_000),
  held(each, 'throttle', () => ({ mode: 'throttle', bytesPerSecond: 50_000 }), 8_000),
  fault(each, 'reset', async (_, link) => link.reset()),
  fault(each, 'half-close', async (_, link) => link.halfClose()),
]);
