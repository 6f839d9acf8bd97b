/** The parameters and results of the functions that start a service. */
import type { GuardedProcess } from './guard.ts';
import type { Log } from './log.ts';

export interface ServiceContext {
  profile: 'start' | 'test';
  /** Folder of this profile's data. */
  data: string;
  /** Folder for downloads, shared by all profiles. */
  cache: string;
  log: Log;
  signal?: AbortSignal;
  /** Returns the preferred port if it is free, and any free port in the `test` profile. */
  allocatePort(preferred: number, label: string): Promise<number>;
  /** Registers a started process to stop later. Processes are stopped in reverse order. */
  onStarted(process: Pick<GuardedProcess, 'stop'>): void;
}

export interface Service {
  url: string;
  name: string;
  /** Settles when the service has ended. */
  exited: Promise<number>;
}
