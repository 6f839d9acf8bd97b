import mongoose from 'mongoose';
import { ConfigError } from '../config.ts';

/** Of a database's name: MongoDB's own rules, of which it tells at the first write only. */
const MOST_NAME = 63;
const noName = /[/\\. "$*<>:|?\0]/;

/** Connects nothing. @throws ConfigError where the address cannot be understood, or its database cannot exist */
export function checkAddress(uri: string): void {
  let name: string;
  try {
    name = new mongoose.mongo.MongoClient(uri).db().databaseName;
  } catch (error) {
    throw new ConfigError(
      `MONGODB_URI cannot be understood: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (noName.test(name) || Buffer.byteLength(name) > MOST_NAME) {
    throw new ConfigError(
      `MONGODB_URI names a database "${name}": that must have at most ${MOST_NAME} bytes, and none of / \\ . " $ * < > : | ? or a space`,
    );
  }
}
