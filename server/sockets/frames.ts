/**
 * Limits on incoming WebSocket data, below Socket.IO, so that they apply to every byte. A connection is
 *
 * - **unauthenticated** until its token was verified: its total bytes are limited;
 * - **authenticated**: its incomplete frames count towards the incomplete input of the gateway;
 * - **paused** while it does not read its responses: the gateway reads nothing more from it.
 */
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { limits } from '../../protocol/limits.ts';
import type { IncompleteInput } from '../limits/byte-budget.ts';

/** Maximum bytes of a frame: a payload, plus the event's name and second argument. */
export const MAX_FRAME = limits.payload + 65_536;
/** Maximum bytes from an unauthenticated connection: two handshakes with the longest token. */
export const MAX_UNAUTHENTICATED_BYTES = 2 * (limits.token + 17_408);
/** Memory overhead of each chunk of an incomplete frame. */
const CHUNK_OVERHEAD = 128;
/** Smaller incomplete frames are not counted: nearly every frame arrives in one chunk. */
const MIN_COUNTED_BYTES = 65_536;
/** Maximum of chunks and fragments of a frame. Networks deliver a kilobyte or more at a time. */
const MAX_CHUNKS = 4_096;
const MAX_FRAGMENTS = 1_024;
/** Maximum of frames without an event (pings of all kinds) per interval. Each costs about as much as a small call. */
const MAX_IDLE_FRAMES = 100;
const IDLE_FRAMES_MS = 10_000;
/** `4` marks a Socket.IO packet; all other types belong to Engine.IO. */
const MESSAGE = 0x34;
/** Time that a peer has to close its side. */
const CLOSE_MS = 3_000;
/** How often a paused connection is checked. */
const POLL_INTERVAL_MS = 50;

const receiverOptions = {
  maxPayload: MAX_FRAME,
  maxFragments: MAX_FRAGMENTS,
  maxBufferedChunks: MAX_CHUNKS,
  closeTimeout: CLOSE_MS,
  // Handles one message per connection and event loop turn, even if many arrive at once.
  allowSynchronousEvents: false,
};

export interface ConnectionStatus {
  isAuthenticated(): boolean;
  /** Returns true if the connection has too many active calls or unread responses, so that reading from it should stop. */
  isBusy(): boolean;
}

/** Returns a WebSocket server class for Engine.IO's option `wsEngine`. */
export function boundedWebSockets(
  incompleteInput: IncompleteInput,
  statusOf: (webSocket: WebSocket, request: IncomingMessage) => ConnectionStatus,
): new (
  options: ServerOptions,
) => WebSocketServer {
  return class extends WebSocketServer {
    constructor(options: ServerOptions) {
      super({ ...options, ...receiverOptions });
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      done: (webSocket: WebSocket, request: IncomingMessage) => void,
    ): void {
      // Engine.IO sends its first packet before the next tick. It leaves together with the response to the upgrade.
      socket.cork();
      process.nextTick(() => socket.uncork());
      super.handleUpgrade(request, socket, head, (webSocket) => {
        if (socket instanceof Socket)
          enforceLimits(socket, webSocket, incompleteInput, statusOf(webSocket, request));
        done(webSocket, request);
      });
    }
  };
}

function enforceLimits(
  socket: Socket,
  webSocket: WebSocket,
  incompleteInput: IncompleteInput,
  status: ConnectionStatus,
): void {
  let unauthenticatedBytes = 0;
  let frameBytes = 0;
  let idleFrames = 0;
  let idleSince = Date.now();
  const countIdle = (): void => {
    idleFrames += 1;
    if (idleFrames <= MAX_IDLE_FRAMES) return;
    if (Date.now() - idleSince < IDLE_FRAMES_MS) webSocket.terminate();
    idleFrames = 0;
    idleSince = Date.now();
  };
  // Must run before the WebSocket's own listener, which may emit `message`.
  socket.prependListener('data', (chunk: Buffer) => {
    if (!status.isAuthenticated()) {
      unauthenticatedBytes += chunk.length;
      if (unauthenticatedBytes > MAX_UNAUTHENTICATED_BYTES) return void webSocket.terminate();
    }
    frameBytes += chunk.length + CHUNK_OVERHEAD;
    if (frameBytes > MIN_COUNTED_BYTES) incompleteInput.set(socket, frameBytes);
    if (status.isBusy() && !webSocket.isPaused) pauseWhile(socket, webSocket, status);
  });
  webSocket.on('ping', countIdle);
  webSocket.on('pong', countIdle);
  webSocket.on('message', (data) => {
    if (!Buffer.isBuffer(data) || data[0] !== MESSAGE) countIdle();
    if (frameBytes > MIN_COUNTED_BYTES) incompleteInput.set(socket, 0);
    frameBytes = 0;
  });
  socket.on('close', () => incompleteInput.set(socket, 0));
}

function pauseWhile(socket: Socket, webSocket: WebSocket, status: ConnectionStatus): void {
  webSocket.pause();
  const timer = setInterval(() => {
    if (status.isBusy()) return;
    clearInterval(timer);
    webSocket.resume();
  }, POLL_INTERVAL_MS);
  socket.once('close', () => clearInterval(timer));
}
