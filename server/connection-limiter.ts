/**
 * Limits connections, before and after authentication (decision 30). It tracks TCP connections and Engine.IO sessions. Behind
 * trusted proxies it tracks requests instead, because a proxy's connection carries requests of many clients. A tracked
 * connection is
 *
 * - **unauthenticated** until its token was verified: counted by address. One **over the limit** may still send a request with a
 *   valid token; all other requests are rejected;
 * - **authenticated**: counted by user, until it closes.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { isService, type Principal } from '../core/access/principal.ts';
import { HubError } from '../core/errors.ts';
import type { Limits } from '../infra/bounds.ts';
import { addressGroup, clientAddress } from './client-address.ts';

/** Beyond this multiple of the limit per address, new unauthenticated connections are closed at once. */
const OVER_LIMIT_FACTOR = 10;
/** A user may have this many HTTP connections per allowed socket: backends call for their users through connection pools. */
const HTTP_PER_SOCKET = 10;

export class TrackedConnection {
  isOverLimit: boolean;
  /** The name under which an authenticated connection is counted, e.g. `socket default/ada`. */
  #countedAs: string | null = null;
  #release: (() => void) | null;
  #isClosed = false;

  constructor(release: (() => void) | null, isOverLimit: boolean) {
    this.#release = release;
    this.isOverLimit = isOverLimit;
  }

  isCountedAs(name: string): boolean {
    return this.#isClosed || this.#countedAs === name;
  }

  countAs(name: string, release: (() => void) | null): void {
    this.#release?.();
    this.#release = release;
    this.#countedAs = name;
    this.isOverLimit = false;
  }

  /** Call this when the connection, request or session has ended. */
  close(): void {
    this.#isClosed = true;
    this.#release?.();
    this.#release = null;
  }
}

/** A counter per name. */
class Counter {
  readonly #counts = new Map<string, number>();

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Returns a function that undoes the increment. */
  add(name: string): () => void {
    this.#counts.set(name, this.get(name) + 1);
    return () => {
      const left = this.get(name) - 1;
      if (left > 0) this.#counts.set(name, left);
      else this.#counts.delete(name);
    };
  }
}

export class ConnectionLimiter {
  readonly #bounds: Pick<Limits, 'connectionsPerAddress' | 'connectionsPerUser' | 'trustedProxies'>;
  readonly #unauthenticated = new Counter();
  readonly #users = new Counter();
  /** Keyed by TCP connection, or by request behind proxies. */
  readonly #connections = new WeakMap<Socket | IncomingMessage, TrackedConnection>();

  constructor(bounds: Pick<Limits, 'connectionsPerAddress' | 'connectionsPerUser' | 'trustedProxies'>) {
    this.#bounds = bounds;
  }

  /** Tracks the server's connections. Call this after all other listeners were added, so that its own run first. */
  trackConnections(http: Server): void {
    if (this.#bounds.trustedProxies === 0) {
      http.on('connection', (socket) => {
        const connection = this.#open(addressGroup(socket.remoteAddress ?? ''));
        if (!connection) return void socket.destroy();
        this.#connections.set(socket, connection);
        socket.once('close', () => connection.close());
      });
      return;
    }
    const track = (
      request: IncomingMessage,
      closable: { once(event: 'close', run: () => void): unknown },
    ) => {
      const connection = this.#open(this.addressOf(request));
      if (!connection) return void request.socket.destroy();
      this.#connections.set(request, connection);
      closable.once('close', () => connection.close());
    };
    http.prependListener('request', track);
    http.prependListener('upgrade', (request, socket) => track(request, socket));
  }

  /** Returns the client's address, or its network for IPv6 (see `addressGroup`). */
  addressOf(request: IncomingMessage): string {
    return addressGroup(clientAddress(request, this.#bounds.trustedProxies));
  }

  /** Returns true if the request's connection is over the limit of its address. */
  isOverLimit(request: IncomingMessage): boolean {
    return this.#connectionOf(request)?.isOverLimit ?? false;
  }

  /** Call this after the request's token was verified. @throws HubError limit_reached */
  admitRequest(request: IncomingMessage, principal: Principal): void {
    const connection = this.#connectionOf(request);
    if (connection) this.#admit(connection, principal, 'request', HTTP_PER_SOCKET);
  }

  /** Counts the connection of a request for the authenticated user of its session. */
  attachRequest(request: IncomingMessage, principal: Principal): void {
    try {
      this.admitRequest(request, principal);
    } catch {
      // The connection stays unauthenticated and limited by address.
    }
  }

  /** Tracks an Engine.IO session. A WebSocket session shares the entry of its connection; a polling session gets a new one. */
  openSession(request: IncomingMessage, isWebSocket: boolean): TrackedConnection {
    const existing = isWebSocket ? this.#connectionOf(request) : undefined;
    return existing ?? this.#open(this.addressOf(request)) ?? new TrackedConnection(null, true);
  }

  /** Call this after the session's token was verified. @throws HubError limit_reached */
  admitSession(connection: TrackedConnection, principal: Principal): void {
    this.#admit(connection, principal, 'socket', 1);
  }

  #connectionOf(request: IncomingMessage): TrackedConnection | undefined {
    return this.#connections.get(this.#bounds.trustedProxies === 0 ? request.socket : request);
  }

  #open(address: string): TrackedConnection | null {
    const { connectionsPerAddress: max } = this.#bounds;
    const count = this.#unauthenticated.get(address);
    return count < max * OVER_LIMIT_FACTOR
      ? new TrackedConnection(this.#unauthenticated.add(address), count >= max)
      : null;
  }

  #admit(
    connection: TrackedConnection,
    principal: Principal,
    kind: 'socket' | 'request',
    factor: number,
  ): void {
    const countedAs = isService(principal) ? 'program' : `${kind} ${principal.space}/${principal.sub}`;
    if (connection.isCountedAs(countedAs)) return;
    if (isService(principal)) {
      connection.countAs(countedAs, null);
      return;
    }
    const max = this.#bounds.connectionsPerUser * factor;
    if (this.#users.get(countedAs) >= max) {
      throw new HubError('limit_reached', `a user has at most ${max} connections of this kind to a gateway`);
    }
    connection.countAs(countedAs, this.#users.add(countedAs));
  }
}
