/**
 * MongoDB's wire protocol: splits a byte stream into messages, reads OP_MSG and the OP_QUERY `hello` of older drivers,
 * and writes replies.
 */
import { MalformedBson } from './raw-bson.ts';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

const HEADER = 16;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
const EXHAUST_ALLOWED = 1 << 16;

/** The limits that `hello` reports and this server enforces. */
export const MAX_MESSAGE_BYTES = 48_000_000;

export class ProtocolError extends Error {}

/** An undecoded request: a command document, and document sequences by field name. */
export interface Request {
  id: number;
  body: Buffer;
  sequences: Map<string, Buffer>;
  /** The peer expects no reply (writes with w: 0). */
  silent: boolean;
  /** The peer accepts any number of replies to this request. */
  exhaustAllowed: boolean;
  /** The reply must have the old format, for an OP_QUERY. */
  legacyDatabase?: string;
}

/** Collects chunks of a stream and returns whole messages. */
export class MessageReader {
  private chunks: Buffer[] = [];
  private length = 0;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The next whole message, or nothing while it is incomplete. */
  next(): Buffer | undefined {
    if (this.length < HEADER) return undefined;
    const first = this.chunks[0];
    const head = first && first.length >= 4 ? first : this.join();
    const size = head.readInt32LE(0);
    if (size < HEADER || size > MAX_MESSAGE_BYTES) throw new ProtocolError(`message of ${size} bytes`);
    if (this.length < size) return undefined;
    const all = this.join();
    this.chunks = all.length > size ? [all.subarray(size)] : [];
    this.length -= size;
    return all.subarray(0, size);
  }

  private join(): Buffer {
    const all =
      this.chunks.length === 1 && this.chunks[0] ? this.chunks[0] : Buffer.concat(this.chunks, this.length);
    this.chunks = [all];
    return all;
  }
}

export function parseRequest(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === OP_MSG) return parseMessage(id, message);
  if (opcode === OP_QUERY) return parseQuery(id, message);
  throw new ProtocolError(`opcode ${opcode} is not supported`);
}

function parseMessage(id: number, message: Buffer): Request {
  const flags = message.readUInt32LE(HEADER);
  const end = message.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  const sequences = new Map<string, Buffer>();
  let body: Buffer | undefined;
  for (let at = HEADER + 4; at < end; ) {
    const kind = message[at];
    const size = message.readInt32LE(at + 1);
    const next = at + 1 + size;
    if (size < 5 || next > end) throw new MalformedBson('section does not fit its message');
    if (kind === 0) {
      body = message.subarray(at + 1, next);
    } else if (kind === 1) {
      const nameEnd = message.indexOf(0, at + 5);
      sequences.set(message.toString('utf8', at + 5, nameEnd), message.subarray(nameEnd + 1, next));
    } else {
      throw new ProtocolError(`section kind ${kind} is not supported`);
    }
    at = next;
  }
  if (!body) throw new ProtocolError('message without a body');
  return {
    id,
    body,
    sequences,
    silent: (flags & MORE_TO_COME) !== 0,
    exhaustAllowed: (flags & EXHAUST_ALLOWED) !== 0,
  };
}

function parseQuery(id: number, message: Buffer): Request {
  const nameEnd = message.indexOf(0, HEADER + 4);
  const namespace = message.toString('utf8', HEADER + 4, nameEnd);
  const at = nameEnd + 1 + 8;
  const body = message.subarray(at, at + message.readInt32LE(at));
  const legacyDatabase = namespace.split('.')[0] ?? 'admin';
  return { id, body, sequences: new Map(), silent: false, exhaustAllowed: false, legacyDatabase };
}

let lastMessageId = 0;

function header(length: number, replyTo: number, opcode: number): Buffer {
  const out = Buffer.alloc(length);
  lastMessageId = (lastMessageId + 1) & 0x7fffffff;
  out.writeInt32LE(lastMessageId, 4);
  out.writeInt32LE(replyTo, 8);
  out.writeInt32LE(opcode, 12);
  return out;
}

/** Encodes a reply to a request. `moreToCome`: further replies follow without a new request. */
export function encodeReply(request: Request, document: Buffer, moreToCome = false): Buffer {
  const legacy = request.legacyDatabase !== undefined;
  // OP_REPLY: flags, cursor id, starting from, number returned. OP_MSG: flags, kind of section.
  const head = legacy ? header(HEADER + 20, request.id, OP_REPLY) : header(HEADER + 5, request.id, OP_MSG);
  if (legacy) head.writeInt32LE(1, HEADER + 16);
  else if (moreToCome) head.writeUInt32LE(MORE_TO_COME, HEADER);
  head.writeInt32LE(head.length + document.length, 0);
  return Buffer.concat([head, document]);
}
