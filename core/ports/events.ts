import type { StoredEvent } from '../model.ts';

/** Events, newest first, ties by id; every condition given holds. */
export interface EventScan {
  user?: string;
  name?: string;
  /** The key of an object. */
  related?: string;
  /** Bounds of the timestamp, both inclusive. */
  since?: number;
  until?: number;
  /** Events behind this one. */
  after?: { time: number; id: string } | null;
  limit: number;
  /** Milliseconds after which the store gives up, with `TooSlow`. */
  mostMs?: number;
}

export interface EventStore {
  /** False where it is stored already. */
  insert(event: StoredEvent): Promise<boolean>;
  /** Answers the event for which the key was claimed first, for at least 24 hours: this one, or an earlier. */
  claim(key: string, event: StoredEvent): Promise<StoredEvent>;
  /** @throws TooSlow */
  find(scan: EventScan): Promise<StoredEvent[]>;
  /** Of one user, by name: how many, and when the latest was. Sorted by name; the first `most` names. */
  stats(user: string, most: number): Promise<Array<{ name: string; count: number; latest: number }>>;
}
