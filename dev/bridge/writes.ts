/**
 * insert, update, delete and findAndModify.
 *
 * Retries operations after conflicts that MongoDB would retry itself: upserts of a key that another upsert has just inserted,
 * and operations that PostgreSQL aborted to resolve a deadlock. It does not retry inside a transaction: there the client
 * retries the whole transaction.
 */
import { deserialize, serialize } from 'bson';
import pg from 'pg';
import { type Command, operations } from './command.ts';
import { bson } from './database.ts';
import { describeDuplicate, duplicateFromException } from './duplicate-key.ts';
import { Code, codeOf, isConflict, toMongoError, transientError } from './errors.ts';
import type { Context, Handler } from './handler.ts';
import { findElement, readFlag, without } from './raw-bson.ts';

const CONFLICT_ATTEMPTS = 12;
/** One retry is enough unless documents are deleted at the same time. */
const UPSERT_ATTEMPTS = 3;

type Kind = 'insert' | 'update' | 'delete';

const LIST: Record<Kind, string> = { insert: 'documents', update: 'updates', delete: 'deletes' };

const CALL: Record<Kind, string> = {
  insert: 'SELECT p_result FROM documentdb_api.insert($1, $2, $3)',
  update: 'SELECT p_result FROM documentdb_api.update($1, $2, $3)',
  delete: 'SELECT p_result FROM documentdb_api.delete($1, $2, $3)',
};

interface WriteError {
  index: number;
  code: number;
  errmsg: string;
}

interface Outcome {
  n: number;
  nModified?: number;
  upserted: { index: number; _id: unknown }[];
  errors: WriteError[];
}

export const insert: Handler = (command, context) => write('insert', command, context);
export const update: Handler = (command, context) => write('update', command, context);
export const remove: Handler = (command, context) => write('delete', command, context);

async function write(kind: Kind, command: Command, context: Context): Promise<Buffer> {
  const sequence = command.sequences.get(LIST[kind]) ?? null;
  const result = await call(command, context, CALL[kind], [command.db, command.body, sequence]);
  if (!findElement(result, 'writeErrors')) return result;
  if (command.transaction) return inTransaction(kind, command, context, result);
  return retryFailed(kind, command, context, result);
}

/** Retries operations that may still succeed, then converts the remaining errors. */
async function retryFailed(kind: Kind, command: Command, context: Context, first: Buffer): Promise<Buffer> {
  const list = operations(command, LIST[kind]);
  const orderedField = findElement(command.body, 'ordered');
  const ordered = !orderedField || readFlag(command.body, orderedField);
  const body = without(command.body, (name) => name === LIST[kind]);
  const outcome = parse(first);
  for (let attempt = 1; attempt < CONFLICT_ATTEMPTS; attempt++) {
    const retryable = outcome.errors.filter((error) => isRetryable(error, list[error.index], attempt));
    const start = retryable[0];
    if (!start) break;
    const indexes = ordered ? list.map((_, i) => i).slice(start.index) : retryable.map(({ index }) => index);
    const sequence = Buffer.concat(indexes.map((index) => list[index] ?? Buffer.alloc(0)));
    const isQueued = retryable.some((error) => isConflict(error.code));
    const retry = () => call(command, context, CALL[kind], [command.db, body, sequence], { isQueued });
    const retried = parse(await (isQueued ? runQueued(command, context, retry) : retry()));
    outcome.errors = outcome.errors.filter((error) => !retryable.includes(error));
    merge(outcome, retried, indexes);
  }
  return encode(outcome, await describeAll(outcome.errors, list, command, context));
}

/** In MongoDB a write error ends a transaction; after a conflict the client retries all of it. */
async function inTransaction(
  kind: Kind,
  command: Command,
  context: Context,
  result: Buffer,
): Promise<Buffer> {
  const outcome = parse(result);
  await context.transactions.fail(command);
  const conflict = outcome.errors.find((error) => isConflict(error.code));
  if (conflict) throw transientError(Code.WriteConflict, conflict.errmsg);
  return encode(
    outcome,
    await describeAll(outcome.errors, operations(command, LIST[kind]), command, context),
  );
}

function isRetryable(error: WriteError, operation: Buffer | undefined, attempt: number): boolean {
  if (isConflict(error.code)) return true;
  if (error.code !== Code.DuplicateKey || attempt >= UPSERT_ATTEMPTS || !operation) return false;
  const upsert = findElement(operation, 'upsert');
  return upsert !== undefined && readFlag(operation, upsert);
}

function parse(result: Buffer): Outcome {
  // Ids keep their exact type; counts and codes are plain numbers.
  const document = deserialize(result, { promoteValues: false });
  return {
    n: Number(document.n ?? 0),
    nModified: document.nModified === undefined ? undefined : Number(document.nModified),
    upserted: (document.upserted ?? []).map((entry: { index: unknown; _id: unknown }) => ({
      index: Number(entry.index),
      _id: entry._id,
    })),
    errors: (document.writeErrors ?? []).map((entry: Record<string, unknown>) => ({
      index: Number(entry.index),
      code: codeOf(Number(entry.code)),
      errmsg: String(entry.errmsg),
    })),
  };
}

/** Merges the outcome of a retry of some operations; `indexes` are their original indexes. */
function merge(outcome: Outcome, retried: Outcome, indexes: number[]): void {
  const originalIndex = (index: number) => indexes[index] ?? index;
  outcome.n += retried.n;
  if (retried.nModified !== undefined) outcome.nModified = (outcome.nModified ?? 0) + retried.nModified;
  outcome.upserted.push(
    ...retried.upserted.map((entry) => ({ ...entry, index: originalIndex(entry.index) })),
  );
  outcome.errors.push(...retried.errors.map((error) => ({ ...error, index: originalIndex(error.index) })));
  outcome.upserted.sort((a, b) => a.index - b.index);
  outcome.errors.sort((a, b) => a.index - b.index);
}

function describeAll(
  errors: WriteError[],
  list: Buffer[],
  command: Command,
  context: Context,
): Promise<object[]> {
  return Promise.all(
    errors.map(async (error) => {
      if (error.code !== Code.DuplicateKey) return error;
      return {
        index: error.index,
        ...(await describeDuplicate(command, context, error.errmsg, list[error.index])),
      };
    }),
  );
}

function encode(outcome: Outcome, writeErrors: object[]): Buffer {
  const { n, nModified, upserted } = outcome;
  const document = {
    n,
    ...(nModified === undefined ? {} : { nModified }),
    ...(upserted.length > 0 ? { upserted } : {}),
    ...(writeErrors.length > 0 ? { writeErrors } : {}),
    ok: 1,
  };
  return Buffer.from(serialize(document));
}

export const findAndModify: Handler = (command, context) => {
  const upsert = findElement(command.body, 'upsert');
  const text = 'SELECT p_result FROM documentdb_api.find_and_modify($1, $2)';
  const upserts = upsert !== undefined && readFlag(command.body, upsert);
  return call(command, context, text, [command.db, command.body], {
    duplicateAttempts: upserts ? UPSERT_ATTEMPTS : 1,
  });
};

/** One statement. PostgreSQL rolls it back as a whole if it fails, so it can be retried unchanged. */
async function call(
  command: Command,
  context: Context,
  text: string,
  values: (string | Buffer | null)[],
  { duplicateAttempts = 1, isQueued = false } = {},
): Promise<Buffer> {
  const run = async () => bson((await context.connection.query(text, values))[0]);
  for (let attempt = 1, conflict = false; ; attempt++) {
    try {
      return await (conflict && !isQueued ? runQueued(command, context, run) : run());
    } catch (error) {
      const mongo = toMongoError(error);
      const duplicate = mongo.code === Code.DuplicateKey;
      conflict = isConflict(mongo.code);
      const attempts = duplicate ? duplicateAttempts : conflict ? CONFLICT_ATTEMPTS : 1;
      if (!command.transaction && attempt < attempts) continue;
      if (duplicate && error instanceof pg.DatabaseError) {
        throw await duplicateFromException(command, context, error);
      }
      throw mongo;
    }
  }
}

function runQueued<T>(
  { db, collection }: Command,
  { retryQueue }: Context,
  work: () => Promise<T>,
): Promise<T> {
  return retryQueue.run(`${db}.${collection}`, work);
}
