/**
 * Multi-document transactions: one connection per session, from the command with `startTransaction` to
 * `commitTransaction` or `abortTransaction`.
 *
 *   (none) --start--> open --commit--> committed   (recorded: a repeated commit succeeds)
 *                      | \--abort, any error, expiry--> aborted   (further commands: NoSuchTransaction)
 *
 * Drivers send the commands of a session one after another. A transaction is rolled back after a minute, MongoDB's limit,
 * so that a crashed client holds no locks.
 */
import type { Command } from './command.ts';
import type { Connection, Database, Lease } from './database.ts';
import { MAX_TRANSACTIONS } from './database.ts';
import { Code, MongoError, transientError } from './errors.ts';

const LIFETIME_MS = 60_000;
const MAX_COMMITTED = 10_000;

interface OpenTransaction {
  number: bigint;
  lease: Lease;
  expiry: NodeJS.Timeout;
}

export class TransactionStore {
  private readonly database: Database;
  private readonly open = new Map<string, OpenTransaction>();
  private readonly committed = new Map<string, bigint>();

  constructor(database: Database) {
    this.database = database;
  }

  /** The connection for a command: its transaction's connection, or the shared pool. */
  async connectionFor(command: Command): Promise<Connection> {
    const { session, transaction } = command;
    if (!session || !transaction) return this.database;
    if (transaction.start) return this.start(session, transaction.number);
    return this.find(session, transaction.number).lease;
  }

  async commit(command: Command): Promise<void> {
    const { session = '', transaction } = command;
    if (this.committed.get(session) === transaction?.number) return;
    const { lease } = this.remove(session, this.find(session, transaction?.number));
    try {
      await lease.run('COMMIT');
    } catch (error) {
      lease.release(true);
      throw transientError(Code.WriteConflict, error instanceof Error ? error.message : String(error));
    }
    lease.release();
    this.committed.delete(session);
    this.committed.set(session, transaction?.number ?? 0n);
    for (const [oldest] of this.committed) {
      if (this.committed.size <= MAX_COMMITTED) break;
      this.committed.delete(oldest);
    }
  }

  async abort(command: Command): Promise<void> {
    const { session = '', transaction } = command;
    await this.rollBack(session, this.find(session, transaction?.number));
  }

  /** As in MongoDB, an error ends the transaction. */
  async fail(command: Command): Promise<void> {
    const open = command.session !== undefined && this.open.get(command.session);
    if (open && command.session) await this.rollBack(command.session, open);
  }

  private async start(session: string, number: bigint): Promise<Connection> {
    const stale = this.open.get(session);
    if (stale) await this.rollBack(session, stale);
    if (this.open.size >= MAX_TRANSACTIONS) {
      throw new MongoError(Code.TooManyLogicalSessions, `more than ${MAX_TRANSACTIONS} open transactions`);
    }
    const lease = await this.database.lease();
    await lease.run('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const expiry = setTimeout(() => {
      const open = this.open.get(session);
      if (open?.lease === lease) void this.rollBack(session, open);
    }, LIFETIME_MS);
    this.open.set(session, { number, lease, expiry });
    return lease;
  }

  private find(session: string, number: bigint | undefined): OpenTransaction {
    const open = this.open.get(session);
    if (open && open.number === number) return open;
    if (this.committed.get(session) === number) {
      throw new MongoError(Code.TransactionCommitted, `Transaction ${number} has been committed.`);
    }
    throw transientError(
      Code.NoSuchTransaction,
      `Given transaction number ${number} does not match any in-progress transactions.`,
    );
  }

  private remove(session: string, open: OpenTransaction): OpenTransaction {
    clearTimeout(open.expiry);
    this.open.delete(session);
    return open;
  }

  private async rollBack(session: string, open: OpenTransaction): Promise<void> {
    const { lease } = this.remove(session, open);
    const isBroken = await lease.run('ROLLBACK').then(
      () => false,
      () => true,
    );
    lease.release(isBroken);
  }
}
