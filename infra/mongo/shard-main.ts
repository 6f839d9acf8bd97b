/**
 * Shards the collections of spaces in a sharded MongoDB cluster (docs/operations.md).
 *
 *   MONGODB_URI=... npm run mongo:shard -- [--space NAME ...] [--dry-run]
 *
 * Without `--space`: all spaces that have a database. `--dry-run` only prints the commands.
 */
import { parseArgs } from 'node:util';
import mongoose, { type Connection } from 'mongoose';
import { ConfigError } from '../../config/config.ts';
import { checkUri } from './connect.ts';
import { databaseOf, spaceOf } from './database-names.ts';
import { isRouter, type ShardCommand, shardCommands, shardDatabase } from './sharding.ts';

const { values: options } = parseArgs({
  options: { space: { type: 'string', multiple: true }, 'dry-run': { type: 'boolean', default: false } },
});

const print = (command: ShardCommand) => process.stdout.write(`${JSON.stringify(command)}\n`);

async function listSpaces(connection: Connection, uri: string): Promise<string[]> {
  const { databases } = await connection.listDatabases();
  const spaces = databases.flatMap(({ name }) => spaceOf(uri, name) ?? []);
  return spaces.length > 0 ? spaces : ['default'];
}

async function shard(connection: Connection, uri: string): Promise<void> {
  if (!options['dry-run'] && !(await isRouter(connection))) {
    throw new ConfigError('MONGODB_URI is not the address of a sharded cluster: it must name a mongos');
  }
  for (const space of options.space ?? (await listSpaces(connection, uri))) {
    const database = connection.useDb(databaseOf(uri, space));
    if (options['dry-run']) for (const command of shardCommands(database)) print(command);
    else await shardDatabase(database, print);
  }
}

async function main(): Promise<void> {
  const uri = process.env.MONGODB_URI;
  if (!uri) throw new ConfigError('MONGODB_URI is not set');
  checkUri(uri);
  const connecting = mongoose.createConnection(uri, { autoIndex: false, serverSelectionTimeoutMS: 5_000 });
  const connection = await connecting.asPromise();
  try {
    await shard(connection, uri);
  } finally {
    await connection.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
