/**
 * A bridge from MongoDB's wire protocol to DocumentDB (a PostgreSQL extension that has MongoDB's operations as
 * SQL functions). For development and tests only, where no mongod is to be had: it knows no authentication, no
 * TLS, no replication, listens on 127.0.0.1 and answers as MongoDB 7.0 as far as mongoose's everyday
 * operations go. Nothing in production uses it.
 *
 * Environment: BRIDGE_PORT, where to listen; BRIDGE_POSTGRES, the folder of PostgreSQL's socket. Writes one
 * line when it is ready.
 */
import { openDatabase } from './database.ts';
import { createRouter } from './router.ts';
import { listen } from './server.ts';

const host = process.env.BRIDGE_POSTGRES ?? '';
const port = Number(process.env.BRIDGE_PORT ?? 0);

// Sorted cursors in files, so that no connection has to be kept for them between pages.
const options =
  '-c documentdb.useFileBasedPersistedCursors=on -c documentdb.defaultCursorExpiryTimeLimitSeconds=600';
const database = openDatabase({ host, options });
const router = createRouter(database);

try {
  await database.query('SELECT 1', []);
  const server = await listen(router, '127.0.0.1', port);
  process.stdout.write(`listening on ${server.port}\n`);
  // PostgreSQL undoes the transactions of connections that end.
  const stop = () => void server.close().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
} catch (error) {
  process.stderr.write(
    `the bridge could not start: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
}
