import mongoose from 'mongoose';
import { ConfigError } from '../../config/config.ts';
import type { Logger } from '../log.ts';
import './driver-fix.ts';

const RETRY_MS = 500;

const options = {
  /** Operations wait this long for a server. Then they fail and can be retried. */
  serverSelectionTimeoutMS: 5_000,
  /**
   * A connection that receives nothing for this long is closed, and its operation fails and can be retried. Otherwise a network
   * that loses all packets would block it until TCP gives up. The server may still execute the operation, even after the retry,
   * as it may execute an operation of a dead process (decision 3).
   */
  socketTimeoutMS: 20_000,
  bufferCommands: false,
  maxPoolSize: 20,
  autoIndex: false,
} as const;

export type MongoHandle = ReturnType<typeof connectMongo>;

/**
 * Connects in the background and retries until a server is available. From then on the driver reconnects.
 * @throws ConfigError if the address is invalid
 */
export function connectMongo(uri: string, log: Logger) {
  checkUri(uri);
  const connection = mongoose.createConnection();
  let closed = false;
  const connecting = (async () => {
    for (let hasWarned = false; !closed; hasWarned = true) {
      try {
        await connection.openUri(uri, options);
        return;
      } catch (error) {
        if (!hasWarned) log.warn({ err: error }, 'MongoDB unavailable; retrying');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
  })();
  return {
    connection,
    async close(): Promise<void> {
      closed = true;
      await connection.close();
      // A connection attempt may still be running. Its outcome no longer matters.
      connecting.catch(() => undefined);
    },
  };
}

/** MongoDB's rules for database names. MongoDB reports a violation only at the first write. */
const MAX_NAME_BYTES = 63;
const invalidName = /[/\\. "$*<>:|?\0]/;

/** Validates the address without connecting. @throws ConfigError if it is malformed, or if its database name is invalid */
export function checkUri(uri: string): void {
  let name: string;
  try {
    name = new mongoose.mongo.MongoClient(uri).db().databaseName;
  } catch (error) {
    throw new ConfigError(
      `MONGODB_URI is not a valid MongoDB address: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (invalidName.test(name) || Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new ConfigError(
      `MONGODB_URI names a database "${name}": the name must have at most ${MAX_NAME_BYTES} bytes, and none of / \\ . " $ * < > : | ? or a space`,
    );
  }
}
