/** Gateways and workers die, are restarted, stand still, and have wrong clocks. */
import type { Pauses } from '../check/pauses.ts';
import type { HubProcess } from '../system/process.ts';
import type { Node, System } from '../system/system.ts';
import type { Fault, FaultDeps } from './fault.ts';

/** Longer, and the hub is told to stop by force. */
const CLOCK_JUMP_MS = { from: 20_000, to: 230_000 };

type Kind = 'worker' | 'gateway';

const nodesOf = (system: System, kind: Kind): Node[] =>
  kind === 'worker' ? system.workers : system.gateways;

function nodeOf(system: System, name: string): Node {
  const node = system.nodes().find(({ process }) => process.name === name);
  if (!node) throw new Error(`there is no ${name}`);
  return node;
}

function fault(kind: Kind, what: string, run: (deps: FaultDeps, node: Node) => Promise<void>): Fault {
  return {
    kind: `${kind}-${what}`,
    choose: ({ system, random }) => random.pick(nodesOf(system, kind)).process.name,
    run: (deps, about) => run(deps, nodeOf(deps.system, about)),
  };
}

const disturb = (pauses: Pauses, { kind, name }: HubProcess, what: string): (() => void) =>
  kind === 'gateway'
    ? pauses.disturbGateway(name, `${name} ${what}`)
    : pauses.disturb('process', `${name} ${what}`);

/** The process dies; the orchestrator starts it again some time later. */
const killed = (kind: Kind) =>
  fault(kind, 'kill', async ({ pauses, random, wait }, { process }) => {
    const over = disturb(pauses, process, 'was killed');
    await process.end('SIGKILL');
    await wait(random.int(0, 6_000));
    await process.start();
    over();
  });

const restarted = (kind: Kind) =>
  fault(kind, 'restart', async ({ pauses, log }, { process }) => {
    const over = disturb(pauses, process, 'was restarted');
    const took = await process.end('SIGTERM');
    if (took > 10_000) log(`${process.name} took ${Math.round(took)} ms to end after SIGTERM`);
    await process.start();
    over();
  });

const stopped = (kind: Kind) =>
  fault(kind, 'stop', async ({ pauses, random, wait }, { process }) => {
    const over = disturb(pauses, process, 'stood still');
    process.signal('SIGSTOP');
    try {
      await wait(random.int(1_000, 8_000));
    } finally {
      process.signal('SIGCONT');
      over();
    }
  });

const jumped = (kind: Kind) =>
  fault(kind, 'clock', async ({ random, wait }, node) => {
    const by = random.int(CLOCK_JUMP_MS.from, CLOCK_JUMP_MS.to);
    try {
      node.shiftClock(random.chance(0.5) ? by : -by);
      await wait(random.int(3_000, 15_000));
    } finally {
      node.shiftClock(0);
    }
  });

/** All of them, one after the other, as a new version is rolled out. */
const rolled: Fault = {
  kind: 'rolling-restart',
  choose: () => 'all processes',
  async run({ system, pauses, wait, log }) {
    for (const { process } of system.nodes()) {
      const over = disturb(pauses, process, 'was restarted');
      const took = await process.end('SIGTERM');
      if (took > 10_000) log(`${process.name} took ${Math.round(took)} ms to end after SIGTERM`);
      await process.start();
      over();
      await wait(500);
    }
  },
};

const kinds: Kind[] = ['worker', 'gateway'];

export const processFaults: Fault[] = [
  ...kinds.flatMap((kind) => [killed(kind), restarted(kind), stopped(kind), jumped(kind)]),
  rolled,
];
