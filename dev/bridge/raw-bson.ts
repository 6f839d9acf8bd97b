/**
 * Reads and splits BSON without decoding it.
 *
 * Most data only passes through the bridge. So a command is scanned element by element: its name and a few settings are
 * read, some elements are removed, and the other bytes stay unchanged.
 */

/** One element of a document: the offsets of its start (the type byte), its value and its end. */
export interface Element {
  type: number;
  name: string;
  start: number;
  value: number;
  end: number;
}

export const BsonType = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  binary: 0x05,
  boolean: 0x08,
  int32: 0x10,
  int64: 0x12,
} as const;

export class MalformedBson extends Error {}

function valueEnd(buffer: Buffer, type: number, at: number): number {
  switch (type) {
    case 0x06: // undefined
    case 0x0a: // null
    case 0x7f: // MaxKey
    case 0xff: // MinKey
      return at;
    case BsonType.boolean:
      return at + 1;
    case BsonType.int32:
      return at + 4;
    case BsonType.double:
    case 0x09: // date
    case 0x11: // timestamp
    case BsonType.int64:
      return at + 8;
    case 0x07: // ObjectId
      return at + 12;
    case 0x13: // Decimal128
      return at + 16;
    case BsonType.string:
    case 0x0d: // code
    case 0x0e: // symbol
      return at + 4 + buffer.readInt32LE(at);
    case BsonType.binary:
      return at + 5 + buffer.readInt32LE(at);
    case BsonType.document:
    case BsonType.array:
    case 0x0f: // code with scope
      return at + buffer.readInt32LE(at);
    case 0x0b: // regular expression: two C strings
      return buffer.indexOf(0, buffer.indexOf(0, at) + 1) + 1;
    case 0x0c: // DBPointer
      return at + 4 + buffer.readInt32LE(at) + 12;
    default:
      throw new MalformedBson(`unknown BSON type 0x${type.toString(16)}`);
  }
}

/** The elements of the document at `offset`, in order. */
export function* elements(buffer: Buffer, offset = 0): Generator<Element> {
  const end = offset + buffer.readInt32LE(offset) - 1;
  let at = offset + 4;
  if (end >= buffer.length || buffer[end] !== 0) throw new MalformedBson('document length does not fit');
  while (at < end) {
    const type = buffer[at] ?? 0;
    const nameEnd = buffer.indexOf(0, at + 1);
    const value = nameEnd + 1;
    const next = valueEnd(buffer, type, value);
    if (nameEnd < 0 || next <= at || next > end) throw new MalformedBson('element does not fit its document');
    yield { type, name: buffer.toString('utf8', at + 1, nameEnd), start: at, value, end: next };
    at = next;
  }
}

export function findElement(buffer: Buffer, name: string, offset = 0): Element | undefined {
  for (const element of elements(buffer, offset)) if (element.name === name) return element;
  return undefined;
}

export function readString(buffer: Buffer, element: Element): string | undefined {
  if (element.type !== BsonType.string) return undefined;
  return buffer.toString('utf8', element.value + 4, element.end - 1);
}

/** Whether a flag is set: true, 1 or 1.0. */
export function readFlag(buffer: Buffer, element: Element): boolean {
  if (element.type === BsonType.boolean) return buffer[element.value] === 1;
  return Number(readInteger(buffer, element) ?? 0) !== 0;
}

export function readInteger(buffer: Buffer, element: Element): bigint | undefined {
  switch (element.type) {
    case BsonType.int32:
      return BigInt(buffer.readInt32LE(element.value));
    case BsonType.int64:
      return buffer.readBigInt64LE(element.value);
    case BsonType.double:
      return BigInt(Math.trunc(buffer.readDoubleLE(element.value)));
    default:
      return undefined;
  }
}

/** The bytes of an embedded document or array. */
export function subdocument(buffer: Buffer, element: Element): Buffer | undefined {
  if (element.type !== BsonType.document && element.type !== BsonType.array) return undefined;
  return buffer.subarray(element.value, element.end);
}

/** Creates a document from the bytes of elements. */
export function documentOf(parts: Buffer[]): Buffer {
  let length = 5;
  for (const part of parts) length += part.length;
  const out = Buffer.allocUnsafe(length);
  out.writeInt32LE(length, 0);
  let at = 4;
  for (const part of parts) at += part.copy(out, at);
  out[at] = 0;
  return out;
}

/** The same document without the elements in `drop`. */
export function without(buffer: Buffer, drop: (name: string) => boolean): Buffer {
  const parts: Buffer[] = [];
  let from = 4;
  let dropped = false;
  for (const element of elements(buffer)) {
    if (!drop(element.name)) continue;
    dropped = true;
    if (element.start > from) parts.push(buffer.subarray(from, element.start));
    from = element.end;
  }
  if (!dropped) return buffer;
  parts.push(buffer.subarray(from, buffer.readInt32LE(0) - 1));
  return documentOf(parts);
}

/** Splits concatenated documents, without copying. */
export function splitSequence(sequence: Buffer): Buffer[] {
  const documents: Buffer[] = [];
  for (let at = 0; at < sequence.length; ) {
    const length = sequence.length - at >= 5 ? sequence.readInt32LE(at) : 0;
    if (length < 5 || at + length > sequence.length) throw new MalformedBson('document length does not fit');
    documents.push(sequence.subarray(at, at + length));
    at += length;
  }
  return documents;
}
