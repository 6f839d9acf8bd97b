/** Finds the handler of a command by its name, and converts every error to an error reply. */
import * as collections from './collections.ts';
import { type Command, parseCommand } from './command.ts';
import { CursorStore } from './cursors.ts';
import type { Database } from './database.ts';
import * as diagnostics from './diagnostics.ts';
import { Code, encodeError, MongoError, toMongoError } from './errors.ts';
import { explain } from './explain.ts';
import type { Context, Handler } from './handler.ts';
import { reply } from './handler.ts';
import { IndexKeys } from './index-keys.ts';
import * as indexes from './indexes.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { MalformedBson } from './raw-bson.ts';
import * as reads from './reads.ts';
import { TransactionStore } from './transactions.ts';
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

/** By lower-case name: old and new spellings differ only in case. */
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
    shardCollection: collections.shardCollection,
    startSession: diagnostics.ok,
    update: writes.update,
    validate: collections.validate,
    whatsMyUri: diagnostics.whatsMyUri,
  }).map(([name, handler]) => [name.toLowerCase(), handler]),
);

/** As in MongoDB, a read is cancelled when its client connection closes; a started write is finished. */
const READS = new Set(['aggregate', 'count', 'distinct', 'explain', 'find', 'getmore']);

const ENDS_TRANSACTION = new Set(['committransaction', 'aborttransaction']);

export interface Router {
  /** Returns the reply to a request, and never throws. `disconnected` aborts when the client connection closes. */
  handle(request: Request, disconnected: AbortSignal): Promise<Buffer>;
  /** Whether the request gets further replies until its connection closes. */
  isStreamed(request: Request): boolean;
}

export function createRouter(database: Database): Router {
  const transactions = new TransactionStore(database);
  const shared = {
    database,
    cursors: new CursorStore(),
    transactions,
    indexKeys: new IndexKeys(database),
    retryQueue: new KeyedQueue(),
  };
  return {
    async handle(request, disconnected) {
      let command: Command | undefined;
      try {
        command = parseCommand(request);
        return await dispatch(command, shared, disconnected);
      } catch (error) {
        return encodeError(await handleError(error, command, transactions));
      }
    },
    isStreamed: (request) => request.exhaustAllowed && diagnostics.isAwaitableHello(request.body),
  };
}

async function dispatch(
  command: Command,
  shared: Omit<Context, 'connection'>,
  disconnected: AbortSignal,
): Promise<Buffer> {
  const name = command.name.toLowerCase();
  const handler = HANDLERS.get(name);
  if (!handler) throw new MongoError(Code.CommandNotFound, `no such command: '${command.name}'`);
  const assigned = ENDS_TRANSACTION.has(name)
    ? shared.database
    : await shared.transactions.connectionFor(command);
  const connection =
    assigned === shared.database && READS.has(name) ? shared.database.withSignal(disconnected) : assigned;
  return handler(command, { ...shared, connection });
}

async function handleError(
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
