/**
 * How a gateway stops. It is **open**; then **closing**: no new connections and no new work, while what is under way is finished
 * and answered with `Connection: close`; then **closed**, when clients have been told to connect elsewhere.
 */
import type { Server, ServerResponse } from 'node:http';
import { type Socket, Server as TcpServer } from 'node:net';
import { HubError } from '../core/errors.ts';

/** Milliseconds that requests and calls under way get; then they are cut. */
const FINISH_MS = 4_000;
/** An idle connection is closed after so long: until then its client may just be sending a request. */
const IDLE_MS = 300;
/** Clients' transports get so long to close. */
const LEAVE_MS = 1_000;
const LOOK_MS = 20;
/** A client may come back after this; by then a balancer sends it elsewhere. */
const RETRY_MS = 1_000;

export const stopping = (): HubError =>
  new HubError('unavailable', 'the gateway is stopping; connect again', undefined, RETRY_MS);

export class Closing {
  #isClosing = false;
  #calls = 0;
  readonly #responses = new Set<ServerResponse>();
  readonly #connections = new Set<Socket>();

  get isClosing(): boolean {
    return this.#isClosing;
  }

  watch(http: Server): void {
    http.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
  }

  /** A request that is answered when its work is done, and not only when something happens. */
  answering(response: ServerResponse): void {
    this.#responses.add(response);
    response.once('close', () => this.#responses.delete(response));
    if (this.#isClosing) response.shouldKeepAlive = false;
  }

  /** @throws HubError unavailable, while the gateway closes */
  check(): void {
    if (this.#isClosing) throw stopping();
  }

  /** A call over a socket. */
  async during(call: Promise<void>): Promise<void> {
    this.#calls += 1;
    try {
      await call;
    } finally {
      this.#calls -= 1;
    }
  }

  /** Takes nothing new, and resolves when everything under way is answered, or had its time. */
  async finish(http: Server): Promise<void> {
    this.#isClosing = true;
    for (const response of this.#responses) response.shouldKeepAlive = false;
    // Not the HTTP server's own method, which at once closes connections on which a request may be arriving.
    TcpServer.prototype.close.call(http);
    await waitFor(() => this.#responses.size === 0 && this.#calls === 0, FINISH_MS);
  }

  /** Resolves when all connections are closed; those that take too long are cut. */
  async leave(http: Server): Promise<void> {
    await waitFor(() => this.#connections.size === 0, IDLE_MS);
    http.closeIdleConnections();
    await waitFor(() => this.#connections.size === 0, LEAVE_MS);
    for (const socket of this.#connections) socket.destroy();
  }
}

/** Resolves when it is so, or after the time given. */
async function waitFor(isSo: () => boolean, ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (!isSo() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
