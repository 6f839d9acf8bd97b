import { type Parameters, type Receipt, SimulatedHub } from './hub.ts';
import { randomOf } from './random.ts';
import type { Station } from './station.ts';
import { Timeline } from './timeline.ts';

/** Up to this many followers, an audience is small: one write and one message. */
const SMALL_AUDIENCE = 1_000;

/** The work that arrived, divided by what the machines can do: the average of the part, and its busiest machine. */
export interface Utilisation {
  mean: number;
  max: number;
}

export interface Outcome {
  gateways: Utilisation;
  masters: Utilisation;
  workers: Utilisation;
  mongo: Utilisation;
  itemsPerSecond: number;
  /** Bytes per second that the busiest master sends to gateways. */
  busBytesPerSecond: number;
  /** Milliseconds from emit to receipt, of actions with up to 1,000 followers. */
  p50: number;
  p99: number;
  /** The median receiver of actions with more followers; `null` without such actions. */
  largeP50: number | null;
}

/** Simulates this many actions. The result depends only on the arguments. */
export function simulate(
  parameters: Parameters,
  { actions, seed }: { actions: number; seed: number },
): Outcome {
  const timeline = new Timeline();
  const hub = new SimulatedHub(timeline, randomOf(seed), parameters);
  let end = 0;
  const arrive = (left: number) => {
    end = timeline.now;
    if (left === 0) return;
    hub.emit();
    timeline.after(hub.nextArrival(), () => arrive(left - 1));
  };
  arrive(actions);
  timeline.run();
  const isSmall = ({ audience }: Receipt) => audience <= SMALL_AUDIENCE;
  const small = hub.receipts.filter(isSmall);
  const large = hub.receipts.filter((each) => !isSmall(each));
  return {
    gateways: utilisationOf(hub.gateways, end),
    masters: utilisationOf(hub.masters, end),
    workers: utilisationOf(
      hub.workers.map(({ station }) => station),
      end,
    ),
    mongo: utilisationOf(hub.mongo, end),
    itemsPerSecond: (hub.items / end) * 1_000,
    busBytesPerSecond: (Math.max(...hub.busBytes) / end) * 1_000,
    p50: percentile(small, 0.5),
    p99: percentile(small, 0.99),
    largeP50: large.length > 0 ? percentile(large, 0.5) : null,
  };
}

function utilisationOf(stations: readonly Station[], milliseconds: number): Utilisation {
  const shares = stations.map((station) => station.utilisation(milliseconds));
  return { mean: shares.reduce((sum, share) => sum + share, 0) / shares.length, max: Math.max(...shares) };
}

/** The percentile over receivers. */
function percentile(receipts: readonly Receipt[], share: number): number {
  const sorted = [...receipts].sort((left, right) => left.milliseconds - right.milliseconds);
  const total = sorted.reduce((sum, { receivers }) => sum + receivers, 0);
  let seen = 0;
  for (const { milliseconds, receivers } of sorted) {
    seen += receivers;
    if (seen >= total * share) return milliseconds;
  }
  return Number.NaN;
}
