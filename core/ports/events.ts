import type { StoredEvent } from '../model/entities.ts';

/** A query for events, newest first, then by id. All given conditions must match. */
export interface EventScan {
  user?: string;
  name?: string;
  /** The key of the related object. */
  related?: string;
  /** Inclusive bounds of the timestamp. */
  since?: number;
  until?: number;
  /** Only events after this cursor. */
  after?: { time: number; id: string } | null;
  limit: number;
  /** Time limit in milliseconds. Beyond it, the store throws `ReadTimeoutError`. */
  maxTimeMs?: number;
}

export interface EventStore {
  /** Returns false if it is stored already. */
  insert(event: StoredEvent): Promise<boolean>;
  /** Claims the key for this event, for at least 24 hours. Returns the event that claimed it first. */
  claim(key: string, event: StoredEvent): Promise<StoredEvent>;
  /** @throws ReadTimeoutError */
  find(scan: EventScan): Promise<StoredEvent[]>;
  /**
   * Returns the number of a user's events and the time of the latest, per name. Sorted by name, up to `limit`
   * names.
   */
  stats(user: string, limit: number): Promise<Array<{ name: string; count: number; latest: number }>>;
}
