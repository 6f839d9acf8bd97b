/** find, aggregate, count, distinct, and the cursors of the first two. */
import { deserialize, Long } from 'bson';
import type { Command } from './command.ts';
import { bson, bsonOrNull } from './database.ts';
import { Code, MongoError } from './errors.ts';
import { explainCommand } from './explain.ts';
import type { Context, Handler } from './handler.ts';
import { reply } from './handler.ts';
import { findElement, readFlag, readInteger, without } from './raw-bson.ts';

const FIRST_PAGE = 'cursorpage, continuation, cursorid FROM documentdb_api';

/** A command that returns the first page of a cursor. */
export async function firstPage(source: string, command: Command, context: Context): Promise<Buffer> {
  const text = `SELECT ${FIRST_PAGE}.${source}_cursor_first_page($1, $2)`;
  const [page, rest, id] = await context.connection.query(text, [command.db, command.body]);
  const continuation = bsonOrNull(rest);
  if (continuation) context.cursors.put(BigInt(String(id)), { db: command.db, continuation });
  return bson(page);
}

export const find: Handler = (command, context) => firstPage('find', command, context);

export const aggregate: Handler = (command, context) => {
  const explain = findElement(command.body, 'explain');
  if (!explain) return firstPage('aggregate', command, context);
  const body = without(command.body, (name) => name === 'explain');
  if (!readFlag(command.body, explain)) return firstPage('aggregate', { ...command, body }, context);
  return explainCommand({ ...command, body }, false, context);
};

export const getMore: Handler = async (command, context) => {
  const first = findElement(command.body, 'getMore');
  const id = first && readInteger(command.body, first);
  if (id === undefined) throw new MongoError(Code.TypeMismatch, 'getMore must be a long');
  const cursor = context.cursors.take(id);
  const text = 'SELECT cursorpage, continuation FROM documentdb_api.cursor_get_more($1, $2, $3)';
  const [page, rest] = await context.connection.query(text, [cursor.db, command.body, cursor.continuation]);
  const continuation = bsonOrNull(rest);
  if (continuation) context.cursors.put(id, { db: cursor.db, continuation });
  return bson(page);
};

export const killCursors: Handler = async (command, context) => {
  const { cursors = [] } = deserialize(command.body, { promoteLongs: false });
  const cursorsKilled: Long[] = [];
  const cursorsNotFound: Long[] = [];
  for (const value of cursors) {
    const id = Long.fromValue(value);
    (context.cursors.remove(id.toBigInt()) ? cursorsKilled : cursorsNotFound).push(id);
  }
  if (cursorsKilled.length > 0) {
    const text = 'SELECT documentdb_api_internal.delete_cursors($1::bigint[])';
    await context.database.query(text, [`{${cursorsKilled.join(',')}}`]);
  }
  return reply({ cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] });
};

export const count: Handler = async (command, context) => {
  const text = 'SELECT document FROM documentdb_api.count_query($1, $2)';
  return bson((await context.connection.query(text, [command.db, command.body]))[0]);
};

export const distinct: Handler = async (command, context) => {
  const text = 'SELECT document FROM documentdb_api.distinct_query($1, $2)';
  return bson((await context.connection.query(text, [command.db, command.body]))[0]);
};
