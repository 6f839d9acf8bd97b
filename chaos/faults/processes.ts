/** Faults of gateways and workers: crash, restart, stop, wrong clock. */
import type { Pauses } from '../check/pauses.ts';
import type { HubProcess } from '../system/process.ts';
import type { Node, System } from '../system/system.ts';
import type { Fault, FaultDeps } from './fault.ts';

/** After this time the hub is killed. */
const CLOCK_JUMP_MS = { from: 20_000, to: 230_000 };

type Kind = 'worker' | 'gateway';

const nodesOf = (system: System, kind: Kind): Node[] =>
  kind === 'worker' ? system.workers : system.gateways;

function nodeOf(system: System, name: string): Node {
  const node = system.nodes().find(({ process }) => process.name === name);
  if (!node) throw new Error(`unknown process ${name}`);
  return node;
}

function defineFault(kind: Kind, effect: string, run: (deps: FaultDeps, node: Node) => Promise<void>): Fault {
  return {
    kind: `${kind}-${effect}`,
    choose: ({ system, random }) => random.pick(nodesOf(system, kind)).process.name,
    run: (deps, target) => run(deps, nodeOf(deps.system, target)),
  };
}

const startDisturbance = (pauses: Pauses, { kind, name }: HubProcess, effect: string): (() => void) =>
  kind === 'gateway'
    ? pauses.disturbGateway(name, `${name} ${effect}`)
    : pauses.disturb('process', `${name} ${effect}`);

/** The process crashes; the orchestrator restarts it later. */
const killFault = (kind: Kind) =>
  defineFault(kind, 'kill', async ({ pauses, random, wait }, { process }) => {
    const endDisturbance = startDisturbance(pauses, process, 'was killed');
    await process.terminate('SIGKILL');
    await wait(random.int(0, 6_000));
    await process.start();
    endDisturbance();
  });

const restartFault = (kind: Kind) =>
  defineFault(kind, 'restart', async ({ pauses, log }, { process }) => {
    const endDisturbance = startDisturbance(pauses, process, 'was restarted');
    const took = await process.terminate('SIGTERM');
    if (took > 10_000) log(`${process.name} took ${Math.round(took)} ms to end after SIGTERM`);
    await process.start();
    endDisturbance();
  });

const freezeFault = (kind: Kind) =>
  defineFault(kind, 'stop', async ({ pauses, random, wait }, { process }) => {
    const endDisturbance = startDisturbance(pauses, process, 'stood still');
    process.signal('SIGSTOP');
    try {
      await wait(random.int(1_000, 8_000));
    } finally {
      process.signal('SIGCONT');
      endDisturbance();
    }
  });

const clockFault = (kind: Kind) =>
  defineFault(kind, 'clock', async ({ random, wait }, node) => {
    const by = random.int(CLOCK_JUMP_MS.from, CLOCK_JUMP_MS.to);
    try {
      node.shiftClock(random.chance(0.5) ? by : -by);
      await wait(random.int(3_000, 15_000));
    } finally {
      node.shiftClock(0);
    }
  });

/** Restarts all processes one after another, as in a rolling update. */
const rollingRestart: Fault = {
  kind: 'rolling-restart',
  choose: () => 'all processes',
  async run({ system, pauses, wait, log }) {
    for (const { process } of system.nodes()) {
      const endDisturbance = startDisturbance(pauses, process, 'was restarted');
      const took = await process.terminate('SIGTERM');
      if (took > 10_000) log(`${process.name} took ${Math.round(took)} ms to end after SIGTERM`);
      await process.start();
      endDisturbance();
      await wait(500);
    }
  },
};

const kinds: Kind[] = ['worker', 'gateway'];

export const processFaults: Fault[] = [
  ...kinds.flatMap((kind) => [killFault(kind), restartFault(kind), freezeFault(kind), clockFault(kind)]),
  rollingRestart,
];
