/**
 * A bridge from MongoDB's wire protocol to DocumentDB, a PostgreSQL extension that implements MongoDB's operations as SQL
 * functions. It is for development and tests on machines without a mongod. It has no authentication, TLS or replication,
 * listens on 127.0.0.1, and behaves like MongoDB 7.0 for mongoose's common operations. Production does not use it.
 *
 * Environment: BRIDGE_PORT is the port, BRIDGE_POSTGRES the folder of PostgreSQL's socket. Prints one line when it is
 * ready.
 */
import { openDatabase } from './database.ts';
import { createRouter } from './router.ts';
import { listen } from './server.ts';

const host = process.env.BRIDGE_POSTGRES ?? '';
const port = Number(process.env.BRIDGE_PORT ?? 0);

// Sorted cursors are files, so that they hold no connection between pages.
const options =
  '-c documentdb.useFileBasedPersistedCursors=on -c documentdb.defaultCursorExpiryTimeLimitSeconds=600';
const database = openDatabase({ host, options });
const router = createRouter(database);

try {
  await database.query('SELECT 1', []);
  const server = await listen(router, '127.0.0.1', port);
  process.stdout.write(`listening on ${server.port}\n`);
  // PostgreSQL rolls back the transactions of closed connections.
  const stop = () => void server.close().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
} catch (error) {
  process.stderr.write(
    `the bridge could not start: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
}
