/**
 * Access to PostgreSQL with DocumentDB: connection pools, prepared statements, BSON in and out.
 *
 * There are two pools. Otherwise commands that wait for a transaction's lock could take all connections, and that
 * transaction's next command would wait for ever.
 */
import pg from 'pg';

/** More connections would only queue inside PostgreSQL: a development machine has few cores. */
const SHARED_CONNECTIONS = 32;
/** Limit of open transactions. */
export const MAX_TRANSACTIONS = 100;

type Value = string | Buffer | Buffer[] | null;
type Cell = string | boolean | number | null;

/** Runs statements: the shared pool, or a transaction's connection. */
export interface Connection {
  query(text: string, values: Value[]): Promise<Cell[]>;
}

export interface Database extends Connection {
  /** The shared pool, whose statements are cancelled when `signal` aborts. */
  withSignal(signal: AbortSignal): Connection;
  lease(): Promise<Lease>;
}

export interface Lease extends Connection {
  run(text: string): Promise<void>;
  /** Returns the connection to the pool; `broken` closes it instead. */
  release(broken?: boolean): void;
}

const BSON_PREFIX = 'BSONHEX';

/** Prefix of a BSON value in text form, the only form that pg can read: its bytes in hex. */
export function bson(cell: Cell | undefined): Buffer {
  if (typeof cell !== 'string' || !cell.startsWith(BSON_PREFIX))
    throw new Error('DocumentDB returned no document');
  return Buffer.from(cell.slice(BSON_PREFIX.length), 'hex');
}

export function bsonOrNull(cell: Cell | undefined): Buffer | null {
  return cell === null || cell === undefined ? null : bson(cell);
}

/** There are few statements, so each is prepared once per connection, under a name derived from its text. */
const names = new Map<string, string>();
function nameOf(text: string): string {
  const name = names.get(text) ?? `s${names.size}`;
  names.set(text, name);
  return name;
}

async function run(target: pg.Pool | pg.PoolClient, text: string, values: Value[]): Promise<Cell[]> {
  const result = await target.query<Cell[]>({ name: nameOf(text), text, values, rowMode: 'array' });
  return result.rows[0] ?? [];
}

/** The PostgreSQL backend process of each connection. */
const processes = new WeakMap<pg.PoolClient, Cell | undefined>();

async function processOf(client: pg.PoolClient): Promise<Cell | undefined> {
  if (!processes.has(client)) processes.set(client, (await run(client, 'SELECT pg_backend_pid()', []))[0]);
  return processes.get(client);
}

export function openDatabase(connection: pg.ClientConfig): Database {
  const config = { user: 'postgres', database: 'postgres', ...connection };
  const shared = new pg.Pool({ ...config, max: SHARED_CONNECTIONS, idleTimeoutMillis: 300_000 });
  const pinned = new pg.Pool({ ...config, max: MAX_TRANSACTIONS, idleTimeoutMillis: 60_000 });
  // The pool replaces a connection that breaks while idle. The next command fails if PostgreSQL is unavailable.
  for (const pool of [shared, pinned]) pool.on('error', () => undefined);

  /** Cancels by a statement on another pool, because this one may be full of statements to cancel. */
  async function runWithSignal(signal: AbortSignal, text: string, values: Value[]): Promise<Cell[]> {
    signal.throwIfAborted();
    const client = await shared.connect();
    let isCancelled = signal.aborted;
    const cancel = async (process: Cell | undefined) => {
      isCancelled = true;
      await pinned.query('SELECT pg_cancel_backend($1)', [process]).catch(() => undefined);
    };
    let onAbort = (): void => undefined;
    let cancelling: Promise<void> | undefined;
    try {
      signal.throwIfAborted();
      const process = await processOf(client);
      onAbort = () => {
        cancelling = cancel(process);
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', onAbort);
      return await run(client, text, values);
    } finally {
      signal.removeEventListener('abort', onAbort);
      await cancelling;
      // A late cancellation would cancel the next statement.
      client.release(isCancelled);
    }
  }

  return {
    query: (text, values) => run(shared, text, values),
    withSignal: (signal) => ({ query: (text, values) => runWithSignal(signal, text, values) }),
    async lease() {
      const client = await pinned.connect();
      return {
        query: (text, values) => run(client, text, values),
        async run(text) {
          await client.query(text);
        },
        release: (broken) => client.release(broken),
      };
    },
  };
}
