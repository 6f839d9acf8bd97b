/**
 * Events that are encoded once for many connections. `socket.emit` would serialize the event, and `ws` would frame the text, for
 * every connection again.
 */
import { PacketType } from 'socket.io-parser';
import { WebSocket } from 'ws';
import type { ItemPush, ServerToClientEvents } from '../../protocol/sockets.ts';
import { webSocketOf } from './outbox.ts';
import type { HubSocket } from './types.ts';

/** The same event for every transport. Nothing changes the frame, so connections share it. */
export interface EncodedEvent {
  /** The Socket.IO packet. */
  readonly packet: string;
  /** A WebSocket frame with the Engine.IO message. */
  readonly frame: Buffer;
}

type Push<E extends keyof ServerToClientEvents> = Parameters<ServerToClientEvents[E]>[0];

const ENGINE_IO_MESSAGE = '4';
/** RFC 6455, section 5.2: a complete, unmasked text message. */
const FINAL_TEXT = 0x81;
/** Lengths up to this are in the second byte of a frame. Longer ones follow it, in the size that the second byte names. */
const MAX_SHORT_LENGTH = 125;
const LENGTH_16_BITS = 126;
const LENGTH_64_BITS = 127;
const MAX_16_BITS = 65_535;

/** Returns the event as Socket.IO encodes it. */
export function encodeEvent<E extends keyof ServerToClientEvents>(event: E, push: Push<E>): EncodedEvent {
  const packet = `${PacketType.EVENT}${JSON.stringify([event, push])}`;
  return { packet, frame: toFrame(Buffer.from(ENGINE_IO_MESSAGE + packet)) };
}

/** Encodes the pushes of items that differ only in their ids. */
export class ItemEncoder {
  readonly #head: string;
  readonly #tail: string;
  readonly #headBytes: Buffer;
  readonly #tailBytes: Buffer;

  /** `push` is the push of any of the items. */
  constructor({ item: { id: _, ...item }, position }: ItemPush) {
    this.#head = `${PacketType.EVENT}["feed:item",{"item":{"id":`;
    this.#tail = `,${JSON.stringify(item).slice(1)},"position":${JSON.stringify(position)}}]`;
    this.#headBytes = Buffer.from(ENGINE_IO_MESSAGE + this.#head);
    this.#tailBytes = Buffer.from(this.#tail);
  }

  encode(id: string): EncodedEvent {
    const json = JSON.stringify(id);
    return {
      packet: this.#head + json + this.#tail,
      frame: toFrame(this.#headBytes, Buffer.from(json), this.#tailBytes),
    };
  }
}

/** Sends like `socket.emit`, except that listeners of outgoing events do not run. */
export function sendEncoded({ conn }: HubSocket, { packet, frame }: EncodedEvent): void {
  if (conn.readyState !== 'open') return;
  // Engine.IO passes a frame on without checking whether the WebSocket still accepts any.
  const takesFrames = webSocketOf(conn)?.readyState === WebSocket.OPEN;
  const options = { compress: true, ...(takesFrames && { wsPreEncodedFrame: [frame] }) };
  conn.write(packet, options);
}

/** One buffer, because two would take the kernel longer to write. */
function toFrame(...parts: readonly Buffer[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  let offset = length <= MAX_SHORT_LENGTH ? 2 : length <= MAX_16_BITS ? 4 : 10;
  const frame = Buffer.allocUnsafe(offset + length);
  frame[0] = FINAL_TEXT;
  if (offset === 2) frame[1] = length;
  else if (offset === 4) {
    frame[1] = LENGTH_16_BITS;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_64_BITS;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  for (const part of parts) offset += part.copy(frame, offset);
  return frame;
}
