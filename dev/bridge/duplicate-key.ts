/** Duplicate key errors in MongoDB's format: code 11000, the index, its fields and their values. */
import { deserialize, EJSON } from 'bson';
import type pg from 'pg';
import type { Command } from './command.ts';
import { Code, MongoError } from './errors.ts';
import type { Context } from './handler.ts';
import type { IndexKey } from './index-keys.ts';

type Fields = Record<string, unknown>;

export interface DuplicateKey extends Fields {
  code: number;
  errmsg: string;
}

/** The index name in DocumentDB's message. */
export function indexIn(message: string): string {
  return /Index '(.*)'/.exec(message)?.[1] ?? '';
}

/** From an entry of `writeErrors`. `operation` is the failed operation: a document, or an update. */
export async function describeDuplicate(
  command: Command,
  context: Context,
  message: string,
  operation: Buffer | undefined,
): Promise<DuplicateKey> {
  const name = indexIn(message);
  const index = await context.indexKeys.byName(command.db, command.collection, name).catch(() => undefined);
  const source = operation ? deserialize(operation) : {};
  return describe(
    command,
    index,
    name,
    command.name === 'insert' ? source : fieldsAfterUpdate(source.q, source.u),
  );
}

/** From an exception, which contains the constraint and, in its detail, the document. */
export async function duplicateFromException(
  command: Command,
  context: Context,
  error: pg.DatabaseError,
): Promise<MongoError> {
  const constraint = error.constraint ?? '';
  const index = await context.indexKeys.byConstraint(constraint).catch(() => undefined);
  const hex = /=\((?:-?\d+, )?BSONHEX([0-9a-f]+)/.exec(error.detail ?? '')?.[1];
  const document: Fields = hex ? deserialize(Buffer.from(hex, 'hex')) : {};
  // The primary key is stored as a document with one field without a name.
  const { code, errmsg, ...details } = describe(
    command,
    index,
    constraint,
    '' in document ? { _id: document[''] } : document,
  );
  return new MongoError(code, errmsg, details);
}

function describe(
  command: Command,
  index: IndexKey | undefined,
  name: string,
  document: Fields,
): DuplicateKey {
  const prefix = `E11000 duplicate key error collection: ${command.db}.${command.collection} index: ${index?.name ?? name}`;
  if (!index) return { code: Code.DuplicateKey, errmsg: prefix };
  const keyValue: Fields = {};
  for (const path of Object.keys(index.pattern)) keyValue[path] = valueAt(document, path) ?? null;
  const values = Object.entries(keyValue).map(
    ([path, value]) => `${path}: ${EJSON.stringify(value, { relaxed: true })}`,
  );
  return {
    code: Code.DuplicateKey,
    errmsg: `${prefix} dup key: { ${values.join(', ')} }`,
    keyPattern: index.pattern,
    keyValue,
  };
}

/** The fields after an update, as far as they are known without the stored document. */
function fieldsAfterUpdate(query: unknown, update: unknown): Fields {
  const fields: Fields = {};
  if (isFields(query)) {
    for (const [path, value] of Object.entries(query)) if (!path.startsWith('$')) fields[path] = value;
  }
  if (!isFields(update)) return fields;
  const operators = Object.keys(update).some((name) => name.startsWith('$'));
  const parts = operators ? [update.$setOnInsert, update.$set] : [update];
  return Object.assign(fields, ...parts.filter(isFields));
}

function valueAt(document: Fields, path: string): unknown {
  if (path in document) return document[path];
  let value: unknown = document;
  for (const part of path.split('.')) value = isFields(value) ? value[part] : undefined;
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
