import type { Child } from './child.ts';
import type { HubClient } from './client.ts';
import type { BenchEnvironment } from './environment.ts';
import type { Figure } from './figures.ts';
import type { Sizes } from './sizes.ts';

/** The context of every section. */
export interface Bench {
  hub: HubClient;
  /** The gateway and the worker that run during all sections. */
  gateway: Child;
  worker: Child;
  /** Start further processes of the hub. The section stops them. */
  startGateway(): Promise<Child>;
  startWorker(): Promise<Child>;
  /** Whether the gateway and the worker record CPU profiles. */
  isProfiled: boolean;
  environment: BenchEnvironment;
  sizes: Sizes;
  /** Prints a progress line, never on stdout. */
  progress(line: string): void;
}

export type Section = (bench: Bench) => Promise<Figure[]>;
