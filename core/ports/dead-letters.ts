import type { UnnumberedAction } from '../model/entities.ts';
import type { Millis } from '../model/units.ts';
import type { TimeCursor } from '../paging/cursor.ts';

/** A batch record that no worker could process, kept until someone retries or discards it. */
export interface DeadLetter {
  /** The id of its first action. For a record that cannot be read: its partition and its stream entry id. */
  id: string;
  /** Identifies the stream entry. An action that is dead-lettered again has a new entry under the same id. */
  entry: string;
  /** When it was dead-lettered. */
  at: Millis;
  reason: string;
  /** Number of attempts. */
  attempts: number;
  /** Its actions, with the numbers of those that were already merged; `null` if they cannot be read. */
  actions: UnnumberedAction[] | null;
  /** The ids of its actions that could be read. */
  ids: string[];
}

/** `retried` is kept for a day, so that a repeated call finds it. */
export type DeadLetterState =
  | { kind: 'dead'; letter: DeadLetter }
  | { kind: 'retried'; ids: string[] }
  | null;

export interface DeadLetterStore {
  /** Adds or replaces a letter. A space keeps up to 250 letters or 64 MiB. Returns the discarded oldest. */
  put(letter: DeadLetter): Promise<Array<Pick<DeadLetter, 'id' | 'ids'>>>;
  get(id: string): Promise<DeadLetterState>;
  /** Newest first. Returns up to `limit` letters, or fewer if they exceed 8 MiB; at least one. */
  find(scan: { after: TimeCursor | null; limit: number }): Promise<DeadLetter[]>;
  /** Marks it as retried, unless it was dead-lettered again meanwhile. */
  markRetried(letter: Pick<DeadLetter, 'id' | 'entry'>): Promise<void>;
  /** Returns false if it no longer exists, or was dead-lettered again meanwhile. */
  remove(letter: Pick<DeadLetter, 'id' | 'entry'>): Promise<boolean>;
}
