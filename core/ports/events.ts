import type { StoredEvent } from '../model/entities.ts';
import type { Millis } from '../model/units.ts';
import type { TimeCursor } from '../paging/cursor.ts';

/** A query for events, newest first, then by id. All given conditions must match. */
export interface EventScan {
  user?: string;
  name?: string;
  /** The key of the related object. */
  related?: string;
  /** Inclusive bounds of the timestamp. */
  since?: Millis;
  until?: Millis;
  /** Only events after this cursor. */
  after?: TimeCursor | null;
  limit: number;
  /** Time limit. Beyond it, the store throws `ReadTimeoutError`. */
  maxTimeMs?: Millis;
}

export interface EventStore {
  /** Returns false if it is stored already. */
  insert(event: StoredEvent): Promise<boolean>;
  /** Claims the key for this event, for at least 24 hours. Returns the event that claimed it first. */
  claim(key: string, event: StoredEvent): Promise<StoredEvent>;
  /** @throws ReadTimeoutError */
  find(scan: EventScan): Promise<StoredEvent[]>;
  /** Returns up to `limit` names of a user's events, sorted, with their number and the latest time. */
  stats(user: string, limit: number): Promise<Array<{ name: string; count: number; latest: Millis }>>;
}

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
