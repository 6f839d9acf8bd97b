/**
 * PostgreSQL with DocumentDB behind it: pools of connections, prepared statements, BSON in and out.
 *
 * Two pools, so that commands waiting for a lock which a transaction holds can never keep that transaction's
 * next command from a connection.
 */
import pg from 'pg';

/** More would only queue inside PostgreSQL: a development machine has few cores. */
const SHARED_CONNECTIONS = 32;
/** Transactions open at once. */
export const MAX_TRANSACTIONS = 100;

type Value = string | Buffer | Buffer[] | null;
type Cell = string | boolean | number | null;

/** Something to run a statement on: the shared pool, or a transaction's own connection. */
export interface Connection {
  query(text: string, values: Value[]): Promise<Cell[]>;
}

export interface Database extends Connection {
  /** The shared pool, whose statements are cancelled when `signal` aborts. */
  until(signal: AbortSignal): Connection;
  lease(): Promise<Lease>;
}

export interface Lease extends Connection {
  run(text: string): Promise<void>;
  /** Gives the connection back; `broken` closes it instead. */
  release(broken?: boolean): void;
}

const BSON_PREFIX = 'BSONHEX';

/** In text form, the only one that pg can read, a BSON value is its bytes in hex. */
export function bson(cell: Cell | undefined): Buffer {
  if (typeof cell !== 'string' || !cell.startsWith(BSON_PREFIX))
    throw new Error('DocumentDB answered without a document');
  return Buffer.from(cell.slice(BSON_PREFIX.length), 'hex');
}

export function bsonOrNull(cell: Cell | undefined): Buffer | null {
  return cell === null || cell === undefined ? null : bson(cell);
}

/** Statements are few and fixed, so each is prepared once per connection, under a name derived from its text. */
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

/** PostgreSQL's process behind each connection. */
const processes = new WeakMap<pg.PoolClient, Cell | undefined>();

async function processOf(client: pg.PoolClient): Promise<Cell | undefined> {
  if (!processes.has(client)) processes.set(client, (await run(client, 'SELECT pg_backend_pid()', []))[0]);
  return processes.get(client);
}

export function openDatabase(connection: pg.ClientConfig): Database {
  const config = { user: 'postgres', database: 'postgres', ...connection };
  const shared = new pg.Pool({ ...config, max: SHARED_CONNECTIONS, idleTimeoutMillis: 300_000 });
  const pinned = new pg.Pool({ ...config, max: MAX_TRANSACTIONS, idleTimeoutMillis: 60_000 });
  // A connection that breaks while idle is replaced by the pool; the next command says if nothing answers.
  for (const pool of [shared, pinned]) pool.on('error', () => undefined);

  /** Cancelling is a statement of its own, by another pool: this one may be full of what is to be cancelled. */
  async function runUntil(signal: AbortSignal, text: string, values: Value[]): Promise<Cell[]> {
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
      // A cancellation that comes late would meet the next statement.
      client.release(isCancelled);
    }
  }

  return {
    query: (text, values) => run(shared, text, values),
    until: (signal) => ({ query: (text, values) => runUntil(signal, text, values) }),
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
