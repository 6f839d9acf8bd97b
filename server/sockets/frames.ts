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

/** Bytes of one frame: a payload, and the event's name and second argument around it. */
export const MAX_FRAME = limits.payload + 65_536;
/** Bytes an unproven connection may send: a handshake with the longest token, and once more with another one. */
export const MAX_UNPROVEN = 2 * (limits.token + 17_408);
/** What each piece of an unfinished frame costs beside its bytes. */
const PIECE = 128;
/** Unfinished frames below this are not counted: nearly every frame comes in one piece. */
const COUNTED = 65_536;
/** Pieces and fragments one frame may come in. Networks deliver a kilobyte or more at a time. */
const MAX_PIECES = 4_096;
const MAX_FRAGMENTS = 1_024;
/** Frames that carry no event, in so many milliseconds: pings of every kind. Each costs about as much as a small call. */
const MAX_IDLE_FRAMES = 100;
const IDLE_FRAMES_MS = 10_000;
/** `4`: a packet of Socket.IO; everything else is Engine.IO's own. */
const MESSAGE = 0x34;
/** Milliseconds a peer has to close its side. */
const CLOSE_MS = 3_000;
/** How often it is looked whether a paused connection can be read from again. */
const LOOK_MS = 50;

const receiving = {
  maxPayload: MAX_FRAME,
  maxFragments: MAX_FRAGMENTS,
  maxBufferedChunks: MAX_PIECES,
  closeTimeout: CLOSE_MS,
  // One message of each connection per turn of the event loop, however many arrived at once.
  allowSynchronousEvents: false,
};

/** What the rest of the gateway knows of a connection. */
export interface Guard {
  isProven(): boolean;
  /** Whether its calls are at work, or wait for it to read their answers, so that no more should be read from it. */
  isBusy(): boolean;
}

/** Who asks for a WebSocket; `guard` says what is known of it at the moment. */
export type GuardOf = (webSocket: WebSocket, request: IncomingMessage) => Guard;

/** A server of WebSockets for Engine.IO, which takes its class as the option `wsEngine`. */
export function boundedWebSockets(
  unfinished: Unfinished,
  guardOf: GuardOf,
): new (
  options: ServerOptions,
) => WebSocketServer {
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
  let idle = 0;
  let idleSince = Date.now();
  const countIdle = (): void => {
    idle += 1;
    if (idle <= MAX_IDLE_FRAMES) return;
    if (Date.now() - idleSince < IDLE_FRAMES_MS) webSocket.terminate();
    idle = 0;
    idleSince = Date.now();
  };
  // Before the WebSocket's own listener, which may tell that a frame is complete.
  socket.prependListener('data', (piece: Buffer) => {
    if (!guard.isProven()) {
      unproven += piece.length;
      if (unproven > MAX_UNPROVEN) return void webSocket.terminate();
    }
    begun += piece.length + PIECE;
    if (begun > COUNTED) unfinished.set(socket, begun);
    if (guard.isBusy() && !webSocket.isPaused) pauseWhile(socket, webSocket, guard);
  });
  webSocket.on('ping', countIdle);
  webSocket.on('pong', countIdle);
  webSocket.on('message', (data) => {
    if (!Buffer.isBuffer(data) || data[0] !== MESSAGE) countIdle();
    if (begun > COUNTED) unfinished.set(socket, 0);
    begun = 0;
  });
  socket.once('close', () => unfinished.set(socket, 0));
}

function pauseWhile(socket: Socket, webSocket: WebSocket, guard: Guard): void {
  webSocket.pause();
  const timer = setInterval(() => {
    if (guard.isBusy()) return;
    clearInterval(timer);
    webSocket.resume();
  }, LOOK_MS);
  socket.once('close', () => clearInterval(timer));
}
