import type { LoggedAction } from '../model/entities.ts';

/** A batch record that no worker could process, kept until someone retries or discards it. */
export interface DeadLetter {
  /** The id of its first action. For a record that cannot be read: its partition and its stream entry id. */
  id: string;
  /** Identifies the stream entry. An action that is dead-lettered again has a new entry under the same id. */
  entry: string;
  /** When it was dead-lettered, in milliseconds since 1970. */
  at: number;
  reason: string;
  /** Number of attempts. */
  attempts: number;
  /** Its actions; `null` if they cannot be read. */
  actions: DeadLetterAction[] | null;
  /** The ids of its actions that could be read. */
  ids: string[];
}

export interface DeadLetterAction extends LoggedAction {
  /** Set if it was already merged into another action. It must not be merged twice. */
  seq?: number;
}

/** `retried` is kept for a day, so that a repeated call finds it. */
export type DeadLetterState =
  | { kind: 'dead'; letter: DeadLetter }
  | { kind: 'retried'; ids: string[] }
  | null;

export interface DeadLetterStore {
  /**
   * Adds a letter, or replaces the one with the same id. A space keeps up to 250 letters or 64 MiB. Returns
   * the oldest letters, which were discarded to make room.
   */
  put(letter: DeadLetter): Promise<Array<Pick<DeadLetter, 'id' | 'ids'>>>;
  get(id: string): Promise<DeadLetterState>;
  /**
   * Newest first, after `after`. Returns up to `limit` letters, or fewer if they exceed 8 MiB; at least one.
   */
  find(scan: { after: { at: number; id: string } | null; limit: number }): Promise<DeadLetter[]>;
  /** Marks it as retried, unless it was dead-lettered again meanwhile. */
  markRetried(letter: Pick<DeadLetter, 'id' | 'entry'>): Promise<void>;
  /** Returns false if it no longer exists, or was dead-lettered again meanwhile. */
  remove(letter: Pick<DeadLetter, 'id' | 'entry'>): Promise<boolean>;
}
