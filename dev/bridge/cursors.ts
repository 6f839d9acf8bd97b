/**
 * Open cursors. DocumentDB keeps a cursor's state in the continuation document that it returns with each page
 * (and, for sorted results, in a file of its own), so no connection is held between pages.
 *
 * Bounded: at most `MAX_CURSORS`, each dropped after ten idle minutes, as MongoDB does.
 */
import { Code, MongoError } from './errors.ts';

const MAX_CURSORS = 5_000;
const IDLE_MS = 10 * 60_000;

export interface Cursor {
  db: string;
  continuation: Buffer;
}

export class CursorStore {
  private readonly cursors = new Map<bigint, Cursor & { touched: number }>();
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** Cursors in the order of their last use: the longest idle is first. */
  put(id: bigint, cursor: Cursor): void {
    for (const [old, { touched }] of this.cursors) {
      if (touched > this.now() - IDLE_MS) break;
      this.cursors.delete(old);
    }
    if (this.cursors.size >= MAX_CURSORS)
      throw new MongoError(Code.InternalError, `more than ${MAX_CURSORS} open cursors`);
    this.cursors.set(id, { ...cursor, touched: this.now() });
  }

  /** Removes and returns the cursor. The reader of the next page adds it again if there is more. */
  take(id: bigint): Cursor {
    const cursor = this.cursors.get(id);
    this.cursors.delete(id);
    if (!cursor || cursor.touched <= this.now() - IDLE_MS) {
      throw new MongoError(Code.CursorNotFound, `cursor id ${id} not found`);
    }
    return cursor;
  }

  remove(id: bigint): boolean {
    return this.cursors.delete(id);
  }
}
