import type { LoggedAction } from '../model.ts';

/** An entry of a lane that no worker could handle, kept until somebody retries or discards it. */
export interface DeadLetter {
  /** The id of its first action; for an entry that cannot be read, made of its lane and its place there. */
  id: string;
  /** Names the entry: an action that is put aside again has a new one under the same id. */
  entry: string;
  /** When it was put aside, in milliseconds since 1970. */
  at: number;
  reason: string;
  /** How often it was tried. */
  attempts: number;
  /** Its actions; `null` where they cannot be read. */
  actions: DeadAction[] | null;
  /** The ids of its actions, as far as they can be told. */
  ids: string[];
}

export interface DeadAction extends LoggedAction {
  /** Set where it had been merged into another action before: it must not be merged there twice. */
  seq?: number;
}

/** What became of a letter: `retried` is remembered for a day, so that a repeated call finds it. */
export type LetterState = { kind: 'dead'; letter: DeadLetter } | { kind: 'retried'; ids: string[] } | null;

export interface DeadLetterStore {
  /**
   * Adds a letter, or replaces the one of the same id. At most 250 letters or 64 MiB of a space are kept. Returns those that
   * made room: the oldest.
   */
  put(letter: DeadLetter): Promise<Array<Pick<DeadLetter, 'id' | 'ids'>>>;
  get(id: string): Promise<LetterState>;
  /** Newest first, behind `after`; `limit` at most, and fewer where they are long: 8 MiB or one. */
  find(scan: { after: { at: number; id: string } | null; limit: number }): Promise<DeadLetter[]>;
  /** Marks it as retried, unless it was put aside again meanwhile. */
  retried(letter: Pick<DeadLetter, 'id' | 'entry'>): Promise<void>;
  /** Returns false where it is gone, or was put aside again meanwhile. */
  remove(letter: Pick<DeadLetter, 'id' | 'entry'>): Promise<boolean>;
}
