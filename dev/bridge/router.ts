/** From the name of a command to its handler, and from whatever goes wrong to an answer that says so. */
import * as collections from './collections.ts';
import { type Command, parseCommand } from './command.ts';
import { CursorStore } from './cursors.ts';
import type { Database } from './database.ts';
import * as diagnostics from './diagnostics.ts';
import { Code, encodeError, MongoError, toMongoError } from './errors.ts';
import { explain } from './explain.ts';
import type { Context, Handler } from './handler.ts';
import { reply } from './handler.ts';
import * as indexes from './indexes.ts';
import { IndexKeys } from './indexKeys.ts';
import { MalformedBson } from './rawBson.ts';
import * as reads from './reads.ts';
import { TransactionStore } from './transactions.ts';
import { Turns } from './turns.ts';
import type { Request } from './wire.ts';
import * as writes from './writes.ts';

const commitTransaction: Handler = async (command, { transactions }) => {
  await transactions.commit(command);
  return reply();
};

const abortTransaction: Handler = async (command, { transactions }) => {
  await transactions.abort(command);
  return reply();
};

/** Names are matched without regard to case: old and new spellings differ in nothing else. */
const HANDLERS = new Map<string, Handler>(
  Object.entries({
    abortTransaction,
    aggregate: reads.aggregate,
    buildInfo: diagnostics.buildInfo,
    collMod: collections.collMod,
    collStats: collections.collStats,
    commitTransaction,
    connectionStatus: diagnostics.connectionStatus,
    count: reads.count,
    create: collections.create,
    createIndexes: indexes.createIndexes,
    dbStats: collections.dbStats,
    delete: writes.remove,
    distinct: reads.distinct,
    drop: collections.drop,
    dropDatabase: collections.dropDatabase,
    dropIndexes: indexes.dropIndexes,
    endSessions: diagnostics.ok,
    explain,
    find: reads.find,
    findAndModify: writes.findAndModify,
    getCmdLineOpts: diagnostics.getCmdLineOpts,
    getLog: diagnostics.getLog,
    getMore: reads.getMore,
    getParameter: diagnostics.getParameter,
    hello: diagnostics.hello,
    insert: writes.insert,
    isMaster: diagnostics.isMaster,
    killCursors: reads.killCursors,
    killSessions: diagnostics.ok,
    listCollections: collections.listCollections,
    listDatabases: collections.listDatabases,
    listIndexes: indexes.listIndexes,
    ping: diagnostics.ok,
    refreshSessions: diagnostics.ok,
    renameCollection: collections.renameCollection,
    serverStatus: diagnostics.serverStatus,
    startSession: diagnostics.ok,
    update: writes.update,
    validate: collections.validate,
    whatsMyUri: diagnostics.whatsMyUri,
  }).map(([name, handler]) => [name.toLowerCase(), handler]),
);

/** Reads end with the connection they came over, as in MongoDB; a write that began is finished. */
const READS = new Set(['aggregate', 'count', 'distinct', 'explain', 'find', 'getmore']);

const ENDS_TRANSACTION = new Set(['committransaction', 'aborttransaction']);

export interface Router {
  /** Answers every request; never throws. `gone` aborts when there is nobody to answer any more. */
  answer(request: Request, gone: AbortSignal): Promise<Buffer>;
  /** Whether the request, once answered, is to be answered again and again until its connection is closed. */
  isStreamed(request: Request): boolean;
}

export function createRouter(database: Database): Router {
  const transactions = new TransactionStore(database);
  const shared = {
    database,
    cursors: new CursorStore(),
    transactions,
    indexKeys: new IndexKeys(database),
    turns: new Turns(),
  };
  return {
    async answer(request, gone) {
      let command: Command | undefined;
      try {
        command = parseCommand(request);
        return await dispatch(command, shared, gone);
      } catch (error) {
        return encodeError(await failed(error, command, transactions));
      }
    },
    isStreamed: (request) => request.exhaustAllowed && diagnostics.awaitsNews(request.body),
  };
}

async function dispatch(
  command: Command,
  shared: Omit<Context, 'connection'>,
  gone: AbortSignal,
): Promise<Buffer> {
  const name = command.name.toLowerCase();
  const handler = HANDLERS.get(name);
  if (!handler) throw new MongoError(Code.CommandNotFound, `no such command: '${command.name}'`);
  const own = ENDS_TRANSACTION.has(name) ? shared.database : await shared.transactions.connectionFor(command);
  const connection = own === shared.database && READS.has(name) ? shared.database.until(gone) : own;
  return handler(command, { ...shared, connection });
}

async function failed(
  error: unknown,
  command: Command | undefined,
  transactions: TransactionStore,
): Promise<MongoError> {
  if (error instanceof MalformedBson || error instanceof RangeError) {
    return new MongoError(Code.FailedToParse, `malformed BSON: ${error.message}`);
  }
  const mongo = toMongoError(error);
  if (!command?.transaction) return mongo;
  await transactions.fail(command);
  if (mongo.code !== Code.WriteConflict) return mongo;
  return new MongoError(mongo.code, mongo.message, {
    ...mongo.details,
    errorLabels: ['TransientTransactionError'],
  });
}
