/** What every handler of a command is given, and what it answers: one BSON document. */
import { serialize } from 'bson';
import type { Command } from './command.ts';
import type { CursorStore } from './cursors.ts';
import type { Connection, Database } from './database.ts';
import type { IndexKeys } from './indexKeys.ts';
import type { TransactionStore } from './transactions.ts';
import type { Turns } from './turns.ts';

export interface Context {
  /** Where to run the command: its transaction's connection, or any. */
  connection: Connection;
  database: Database;
  cursors: CursorStore;
  transactions: TransactionStore;
  indexKeys: IndexKeys;
  /** For what lost a race and is run again, by collection. */
  turns: Turns;
}

export type Handler = (command: Command, context: Context) => Promise<Buffer>;

export function reply(document: Record<string, unknown> = {}): Buffer {
  return Buffer.from(serialize({ ...document, ok: 1 }));
}
