import type { StoredEvent } from '../model/entities.ts';

/** The request that created an event. It is written to the log and never stored. */
export interface RequestFacts {
  /** `SOCKET` for a socket event. */
  method: string;
  /** Without the query. For a socket event, its name. */
  path: string;
  address: string | null;
  /** The client's user agent. */
  agent: string | null;
}

/** Records every created event once. */
export interface EventLog {
  record(space: string, event: StoredEvent, request: RequestFacts): void;
}
