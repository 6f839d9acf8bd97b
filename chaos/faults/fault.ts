/** The interface of a kind of fault. */
import type { Pauses } from '../check/pauses.ts';
import type { Random } from '../random.ts';
import type { System } from '../system/system.ts';

export interface FaultDeps {
  system: System;
  random: Random;
  pauses: Pauses;
  /** Waits for the time, or until the faults must end. */
  wait(milliseconds: number): Promise<void>;
  log(line: string): void;
}

export interface Fault {
  /** Its name for `--faults`. */
  kind: string;
  /** Chooses a target for each injection. Two faults with the same target do not overlap. */
  choose(deps: FaultDeps): string;
  /** Injects the fault and repairs the target, also after an error. */
  run(deps: FaultDeps, target: string): Promise<void>;
}
