import mongoose from 'mongoose';
import { ConfigError } from '../config.ts';

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
