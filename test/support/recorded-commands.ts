/** Records the commands that this process sends to MongoDB, as the driver reports them. */
import mongoose, { type mongo } from 'mongoose';
import { vi } from 'vitest';
import type { ShardKey } from '../../infra/mongo/shard-keys.ts';

export type Filter = Readonly<Record<string, unknown>>;

export interface RecordedCommand {
  database: string;
  collection: string;
  /** `upsert` and `updateOne` come from `update`, `deleteOne` from `delete`. Those change one document, so they need a shard. */
  kind: 'find' | 'aggregate' | 'insert' | 'update' | 'updateOne' | 'upsert' | 'delete' | 'deleteOne';
  /** The filters of the command, or the documents that it inserts. */
  filters: readonly Filter[];
}

const isFilter = (value: unknown): value is Filter => typeof value === 'object' && value !== null;
const listOf = (value: unknown): Filter[] => (Array.isArray(value) ? value.filter(isFilter) : []);
const filterOf = (value: unknown): Filter => (isFilter(value) ? value : {});

/** Clients that connect after this call report their commands to it, if their address has `monitorCommands=true`. */
export function recordCommands(record: (command: RecordedCommand) => void): void {
  const client = mongoose.mongo.MongoClient.prototype;
  const connect = client.connect;
  vi.spyOn(client, 'connect').mockImplementation(function (this: mongo.MongoClient) {
    this.on('commandStarted', (event) => {
      for (const command of parse(event.databaseName, event.commandName, event.command)) record(command);
    });
    return connect.call(this);
  });
}

/** Returns nothing for commands without documents, such as `createIndexes`, and for later pages. */
function parse(database: string, name: string, command: Filter): RecordedCommand[] {
  const of = (kind: RecordedCommand['kind'], filters: Filter[]): RecordedCommand[] =>
    filters.length > 0 ? [{ database, collection: String(command[name]), kind, filters }] : [];
  if (name === 'find') return of('find', [filterOf(command.filter)]);
  if (name === 'aggregate') return of('aggregate', [filterOf(listOf(command.pipeline)[0]?.$match)]);
  // The driver reports serialized documents as an empty one (insert-serialized.ts).
  if (name === 'insert')
    return of(
      'insert',
      listOf(command.documents).filter((each) => '_id' in each),
    );
  if (name === 'update') {
    return listOf(command.updates).flatMap(({ q, upsert, multi }) =>
      of(upsert ? 'upsert' : multi ? 'update' : 'updateOne', [filterOf(q)]),
    );
  }
  if (name === 'delete') {
    return listOf(command.deletes).flatMap(({ q, limit }) =>
      of(limit === 1 ? 'deleteOne' : 'delete', [filterOf(q)]),
    );
  }
  if (['count', 'distinct', 'findAndModify'].includes(name)) throw new Error(`unexpected command ${name}`);
  return [];
}

/** Returns true if the command creates or changes single documents. MongoDB refuses those that do not name a shard. */
export const isSingle = ({ kind }: RecordedCommand): boolean =>
  kind === 'insert' || kind === 'upsert' || kind === 'updateOne' || kind === 'deleteOne';

/**
 * Returns the shards that the command asks: `one`, for each of its documents or filters; `some`, if it lists values or gives only
 * the beginning of the key; or `all`.
 */
export function namesShard({ kind, filters }: RecordedCommand, key: ShardKey): 'one' | 'some' | 'all' {
  const [first = '', ...rest] = Object.keys(key);
  const conditions = filters.map((filter) => ({
    first: filter[first],
    rest: rest.map((field) => filter[field]),
  }));
  if (conditions.every((each) => [each.first, ...each.rest].every(isValue))) return 'one';
  if (kind === 'insert') return 'all';
  return conditions.every((each) => isValue(each.first) || isList(each.first)) ? 'some' : 'all';
}

/** `null` is a value: it is the user of events of nobody. */
const isValue = (condition: unknown): boolean =>
  condition === null || ['string', 'number', 'boolean'].includes(typeof condition);
const isList = (condition: unknown): boolean => isFilter(condition) && Array.isArray(condition.$in);

/** The collection, the kind, and the fields of the filter. */
export function commandName({ collection, kind, filters }: RecordedCommand): string {
  const fields = kind === 'insert' ? [] : filters.flatMap((filter) => Object.keys(filter));
  return [collection, kind, [...new Set(fields)].sort().join(' ')].filter((part) => part !== '').join(': ');
}
