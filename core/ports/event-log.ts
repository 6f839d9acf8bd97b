import type { StoredEvent } from '../model.ts';

/** The request an event came with. It is told to the log and never stored. */
export interface RequestFacts {
  /** `SOCKET` where it came over a socket. */
  method: string;
  /** Without the query; over a socket the name of its event. */
  path: string;
  address: string | null;
  /** What the client calls itself. */
  agent: string | null;
}

/** Where every created event is recorded, once. */
export interface EventLog {
  record(space: string, event: StoredEvent, request: RequestFacts): void;
}
