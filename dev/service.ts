/** What the starters of the single services are given, and what they give back. */
import type { Guarded } from './guard.ts';
import type { Log } from './log.ts';

export interface Place {
  profile: 'start' | 'test';
  /** Folder of this profile's data. */
  data: string;
  /** Folder of what can be fetched again, shared by all profiles. */
  cache: string;
  log: Log;
  signal?: AbortSignal;
  /** The port to take: the default if it's free, under `test` any. */
  port(preferred: number, what: string): Promise<number>;
  /** Registers what has to be stopped, as soon as it runs. Stopped in reverse order. */
  started(process: Pick<Guarded, 'stop'>): void;
}

export interface Service {
  url: string;
  name: string;
  /** Settles when the service has ended. */
  exited: Promise<number>;
}
