/**
 * A command for handlers: the parsed envelope (database, session, transaction), and the other bytes unchanged, without
 * the fields that DocumentDB does not know.
 */
import {
  type Element,
  elements,
  findElement,
  readFlag,
  readInteger,
  readString,
  splitSequence,
  subdocument,
  without,
} from './raw-bson.ts';
import type { Request } from './wire.ts';

export interface Command {
  /** As sent, e.g. `findAndModify`. */
  name: string;
  db: string;
  /** The collection: the value of the first field, if it is a string. */
  collection: string;
  /** The command without its envelope. */
  body: Buffer;
  sequences: Map<string, Buffer>;
  /** The logical session as hex, if any. */
  session?: string;
  transaction?: { number: bigint; start: boolean };
}

const ENVELOPE = new Set([
  'lsid',
  '$db',
  '$clusterTime',
  '$readPreference',
  'txnNumber',
  'autocommit',
  'startTransaction',
  'readConcern',
  'writeConcern',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  'comment',
]);

export function parseCommand(request: Request): Command {
  const { body } = request;
  const fields = new Map<string, Element>();
  for (const element of elements(body)) fields.set(element.name, element);
  const first = fields.values().next().value;
  const db = fields.get('$db');
  const session = sessionKey(body, fields.get('lsid'));
  const number = fields.get('txnNumber');
  const autocommit = fields.get('autocommit');
  const start = fields.get('startTransaction');
  // A txnNumber without autocommit: false is a retryable write, not a transaction.
  const transactional = session !== undefined && number && autocommit && !readFlag(body, autocommit);
  return {
    name: first?.name ?? '',
    db: (db && readString(body, db)) ?? request.legacyDatabase ?? 'admin',
    collection: (first && readString(body, first)) ?? '',
    body: without(body, (name) => ENVELOPE.has(name)),
    sequences: request.sequences,
    session,
    transaction: transactional
      ? { number: readInteger(body, number) ?? 0n, start: start !== undefined && readFlag(body, start) }
      : undefined,
  };
}

function sessionKey(body: Buffer, lsid: Element | undefined): string | undefined {
  const document = lsid && subdocument(body, lsid);
  const id = document && findElement(document, 'id');
  return document && id ? document.toString('hex', id.value, id.end) : undefined;
}

/** The operations of a write command, from a document sequence or from the body. */
export function operations(command: Command, field: string): Buffer[] {
  const sequence = command.sequences.get(field);
  if (sequence) return splitSequence(sequence);
  const list = findElement(command.body, field);
  const array = list && subdocument(command.body, list);
  if (!array) return [];
  return [...elements(array)].map((element) => array.subarray(element.value, element.end));
}
