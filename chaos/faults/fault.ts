/** One kind of fault: what it does to whom, until when. */
import type { Pauses } from '../check/pauses.ts';
import type { Random } from '../random.ts';
import type { System } from '../system/system.ts';

export interface FaultDeps {
  system: System;
  random: Random;
  pauses: Pauses;
  /** Waits, or less long when the faults are to end. */
  wait(milliseconds: number): Promise<void>;
  log(line: string): void;
}

export interface Fault {
  /** As `--faults` names it. */
  kind: string;
  /** What it is about, chosen anew each time; two faults about one thing do not overlap. */
  choose(deps: FaultDeps): string;
  /** Does it to that, and undoes it. Always leaves everything whole, whatever happens. */
  run(deps: FaultDeps, about: string): Promise<void>;
}
