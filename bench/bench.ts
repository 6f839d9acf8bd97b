import type { Child } from './child.ts';
import type { HubClient } from './client.ts';
import type { BenchEnvironment } from './environment.ts';
import type { Figure } from './figures.ts';
import type { Sizes } from './sizes.ts';

/** The context of every section. */
export interface Bench {
  hub: HubClient;
  /** The only gateway and the only worker of the hub. */
  gateway: Child;
  worker: Child;
  environment: BenchEnvironment;
  sizes: Sizes;
  /** Prints a progress line, never on stdout. */
  progress(line: string): void;
}

export type Section = (bench: Bench) => Promise<Figure[]>;
