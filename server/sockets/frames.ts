/**
 * Bounds on what comes in over a WebSocket, below Socket.IO: they hold for every byte, whatever it claims to be. A connection is
 *
 * - **unproven**, until its token was checked: it may send so many bytes altogether;
 * - **proven**: what it began to send and did not finish counts among all that is unfinished at this gateway;
 * - **paused**, while it does not read its answers: then nothing more is read from it.
 */
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { limits } from '../../protocol/limits.ts';
import type { Unfinished } from '../unfinished.ts';
import type { Outbox } from './outbox.ts';

/** Bytes of one frame: a payload, and the event's name and second argument around it. */
export const MAX_FRAME = limits.payload + 65_536;
/** Bytes an unproven connection may send: a handshake with the longest token, and once more with another one. */
export const MAX_UNPROVEN = 2 * (limits.token + 2_048);
/** What each piece of an unfinished frame costs beside its bytes. */
const PIECE = 128;
/** Unfinished frames below this are not counted: nearly every frame comes in one piece. */
const COUNTED = 65_536;
/** Pieces and fragments one frame may come in. Networks deliver a kilobyte or more at a time. */
const MAX_PIECES = 4_096;
const MAX_FRAGMENTS = 1_024;
/** Milliseconds a peer has to close its side. */
const CLOSE_MS = 3_000;

const receiving = {
  maxPayload: MAX_FRAME,
  maxFragments: MAX_FRAGMENTS,
  maxBufferedChunks: MAX_PIECES,
  closeTimeout: CLOSE_MS,
};

/** What the rest of the gateway knows of a connection. */
export interface Guard {
  isProven(): boolean;
  /** What waits for it to read; `null` before its session began. */
  outbox(): Outbox | null;
}

/** Who asks for a WebSocket; `guard` says what is known of it at the moment. */
export type GuardOf = (webSocket: WebSocket, request: IncomingMessage) => Guard;

/** A server of WebSockets for Engine.IO, which takes its class as the option `wsEngine`. */
export function boundedWebSockets(unfinished: Unfinished, guardOf: GuardOf) {
  return class extends WebSocketServer {
    constructor(options: ServerOptions) {
      super({ ...options, ...receiving });
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      done: (webSocket: WebSocket, request: IncomingMessage) => void,
    ): void {
      super.handleUpgrade(request, socket, head, (webSocket) => {
        if (socket instanceof Socket) watch(socket, webSocket, unfinished, guardOf(webSocket, request));
        done(webSocket, request);
      });
    }
  };
}

function watch(socket: Socket, webSocket: WebSocket, unfinished: Unfinished, guard: Guard): void {
  let unproven = 0;
  let begun = 0;
  // Before the WebSocket's own listener, which may tell that a frame is complete.
  socket.prependListener('data', (piece: Buffer) => {
    if (!guard.isProven()) {
      unproven += piece.length;
      if (unproven > MAX_UNPROVEN) return void webSocket.terminate();
    }
    begun += piece.length + PIECE;
    if (begun > COUNTED) unfinished.set(socket, begun);
    const outbox = guard.outbox();
    if (outbox?.isFull && !webSocket.isPaused) {
      webSocket.pause();
      outbox.whenRoomy(() => webSocket.resume());
    }
  });
  webSocket.on('message', () => {
    if (begun > COUNTED) unfinished.set(socket, 0);
    begun = 0;
  });
  socket.once('close', () => unfinished.set(socket, 0));
}
