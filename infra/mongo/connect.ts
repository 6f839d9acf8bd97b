import mongoose, { type Connection } from 'mongoose';
import type { Logger } from '../log.ts';
import { checkAddress } from './address.ts';

const AGAIN_MS = 500;

const options = {
  /** Operations wait this long for a server, then fail and can be retried. */
  serverSelectionTimeoutMS: 5_000,
  /**
   * A connection on which nothing arrives for so long is closed, and its operation fails and can be retried: a network that
   * loses every packet would otherwise hold it for as long as TCP tries. The server may still carry it out, also after the
   * retry, as it may what a dead process sent it (decision 3).
   */
  socketTimeoutMS: 20_000,
  bufferCommands: false,
  maxPoolSize: 20,
  autoIndex: false,
} as const;

export interface MongoLink {
  connection: Connection;
  close(): Promise<void>;
}

/**
 * Connects in the background and goes on trying until there is a server; from then on the driver sees to it.
 * @throws ConfigError where the address cannot be understood
 */
export function connectMongo(uri: string, log: Logger): MongoLink {
  checkAddress(uri);
  const connection = mongoose.createConnection();
  let closed = false;
  const connecting = (async () => {
    for (let told = false; !closed; told = true) {
      try {
        await connection.openUri(uri, options);
        return;
      } catch (error) {
        if (!told) log.warn({ err: error }, 'MongoDB cannot be reached; trying on');
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
      }
    }
  })();
  return {
    connection,
    async close() {
      closed = true;
      await connection.close();
      // A try that is under way ends by itself; its outcome no longer matters.
      connecting.catch(() => undefined);
    },
  };
}
