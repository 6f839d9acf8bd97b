/**
 * Indexes. DocumentDB builds them in a background job, but MongoDB's createIndexes returns after the build. So this runs the
 * build at once and waits for it: without a unique index, duplicates could be inserted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { deserialize } from 'bson';
import type { Command } from './command.ts';
import { bson } from './database.ts';
import { indexIn } from './duplicate-key.ts';
import { Code, codeOf, MongoError } from './errors.ts';
import type { Context, Handler } from './handler.ts';
import { reply } from './handler.ts';
import { firstPage } from './reads.ts';

const BUILD_DEADLINE_MS = 10 * 60_000;
const EMPTY_DOCUMENT = 5;

export const listIndexes: Handler = (command, context) => firstPage('list_indexes', command, context);

export const createIndexes: Handler = async (command, context) => {
  context.indexKeys.clear();
  const text = 'SELECT retval, ok, requests FROM documentdb_api.create_indexes_background($1, $2)';
  const [result, , requests] = await context.connection.query(text, [command.db, command.body]);
  const summary = unwrap(command, bson(result));
  const pending = requests === null || requests === undefined ? undefined : bson(requests);
  if (pending && pending.length > EMPTY_DOCUMENT) await build(command, pending, context);
  return reply(summary);
};

async function build(command: Command, requests: Buffer, { database }: Context): Promise<void> {
  const deadline = Date.now() + BUILD_DEADLINE_MS;
  for (;;) {
    // Fails if another build is running; the status shows which one.
    await database
      .query('CALL documentdb_api_internal.build_index_concurrently(7)', [])
      .catch(() => undefined);
    const text = 'SELECT retval, ok, complete FROM documentdb_api_internal.check_build_index_status($1)';
    const [status, ok, complete] = await database.query(text, [requests]);
    if (ok === false) unwrap(command, bson(status));
    if (complete === true) return;
    if (Date.now() > deadline)
      throw new MongoError(Code.MaxTimeMSExpired, 'the indexes were not built in time');
    await delay(20);
  }
}

/** Returns the result of the only shard. Throws if it is an error. */
function unwrap({ db, collection }: Command, result: Buffer): Record<string, unknown> {
  const { raw } = deserialize(result);
  const { ok, ...summary } = raw?.defaultShard ?? {};
  if (ok === 1) return summary;
  const code = codeOf(Number(summary.code ?? Code.InternalError));
  const message = String(summary.errmsg ?? 'createIndexes failed');
  if (code !== Code.DuplicateKey) throw new MongoError(code, message);
  const name = indexIn(message);
  throw new MongoError(code, `E11000 duplicate key error collection: ${db}.${collection} index: ${name}`);
}

export const dropIndexes: Handler = async (command, context) => {
  context.indexKeys.clear();
  const text = 'CALL documentdb_api.drop_indexes($1, $2)';
  const [result] = await context.connection.query(text, [command.db, command.body]);
  // DocumentDB says `ok: true` where MongoDB says 1.
  const { ok, errmsg, code, ...summary } = deserialize(bson(result));
  if (ok) return reply(summary);
  throw new MongoError(codeOf(Number(code)), String(errmsg));
};
