/** The context of a command handler, and its result: one BSON document. */
import { serialize } from 'bson';
import type { Command } from './command.ts';
import type { CursorStore } from './cursors.ts';
import type { Connection, Database } from './database.ts';
import type { IndexKeys } from './index-keys.ts';
import type { KeyedQueue } from './keyed-queue.ts';
import type { TransactionStore } from './transactions.ts';

export interface Context {
  /** The connection for the command: its transaction's connection, or the shared pool. */
  connection: Connection;
  database: Database;
  cursors: CursorStore;
  transactions: TransactionStore;
  indexKeys: IndexKeys;
  /** Serializes retries after conflicts, by collection. */
  retryQueue: KeyedQueue;
}

export type Handler = (command: Command, context: Context) => Promise<Buffer>;

export function reply(document: Record<string, unknown> = {}): Buffer {
  return Buffer.from(serialize({ ...document, ok: 1 }));
}
