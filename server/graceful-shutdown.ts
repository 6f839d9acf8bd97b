/**
 * Graceful shutdown of a gateway. It is **open**, then **shutting down**: it accepts no new connections and no new work, and
 * finishes pending requests with `Connection: close`. Then it disconnects all clients, which reconnect to another gateway.
 */
import type { Server, ServerResponse } from 'node:http';
import { type Socket, Server as TcpServer } from 'node:net';
import { HubError } from '../core/errors.ts';

/** Timeout for pending requests and calls; after it they are cut off. */
const FINISH_TIMEOUT_MS = 4_000;
/** An idle connection is closed after this delay, because its client may just be sending a request. */
const IDLE_TIMEOUT_MS = 300;
/** Timeout for closing the clients' transports. */
const CLOSE_TIMEOUT_MS = 1_000;
const POLL_INTERVAL_MS = 20;
/** Retry delay for clients. By then a load balancer routes them to another gateway. */
const RETRY_MS = 1_000;

export const shuttingDownError = (): HubError =>
  new HubError('unavailable', 'the gateway is stopping; connect again', undefined, RETRY_MS);

export class GracefulShutdown {
  #isShuttingDown = false;
  #pendingCalls = 0;
  readonly #pendingResponses = new Set<ServerResponse>();
  readonly #connections = new Set<Socket>();

  get isShuttingDown(): boolean {
    return this.#isShuttingDown;
  }

  trackConnections(http: Server): void {
    http.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    });
  }

  /** Tracks a pending response. Not for long polling, where the response waits for an event. */
  trackResponse(response: ServerResponse): void {
    this.#pendingResponses.add(response);
    response.once('close', () => this.#pendingResponses.delete(response));
    if (this.#isShuttingDown) response.shouldKeepAlive = false;
  }

  /** @throws HubError unavailable during shutdown */
  throwIfShuttingDown(): void {
    if (this.#isShuttingDown) throw shuttingDownError();
  }

  /** Tracks a socket call. */
  async trackCall(call: Promise<void>): Promise<void> {
    this.#pendingCalls += 1;
    try {
      await call;
    } finally {
      this.#pendingCalls -= 1;
    }
  }

  /** Stops accepting work. Resolves when all pending work is done, or after the timeout. */
  async finishPending(http: Server): Promise<void> {
    this.#isShuttingDown = true;
    for (const response of this.#pendingResponses) response.shouldKeepAlive = false;
    // `http.close` would at once close idle connections, on which a request may be arriving.
    TcpServer.prototype.close.call(http);
    await waitFor(() => this.#pendingResponses.size === 0 && this.#pendingCalls === 0, FINISH_TIMEOUT_MS);
  }

  /** Resolves when all connections are closed. Destroys those that take too long. */
  async closeConnections(http: Server): Promise<void> {
    await waitFor(() => this.#connections.size === 0, IDLE_TIMEOUT_MS);
    http.closeIdleConnections();
    await waitFor(() => this.#connections.size === 0, CLOSE_TIMEOUT_MS);
    for (const socket of this.#connections) socket.destroy();
  }
}

/** Resolves when the condition holds, or after the timeout. */
async function waitFor(isDone: () => boolean, ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (!isDone() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
}
