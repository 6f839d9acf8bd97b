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
import type { Stream } from 'node:stream';
import type { Limits } from '../../config/limits.ts';
import { isService, type Principal } from '../../core/access/principal.ts';
import { HubError } from '../../core/errors.ts';
import { addressGroup, clientAddress } from './client-address.ts';

/** Beyond this multiple of the limit per address, new unauthenticated connections are closed at once. */
const OVER_LIMIT_FACTOR = 10;
/** Connections of a user per allowed socket: backends call for their users through pools of HTTP connections. */
const FACTORS = { socket: 1, request: 10 };

export const overLimitError = (): HubError =>
  new HubError('limit_reached', 'too many connections from this address are not authenticated yet');

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
    const track = (
      key: Socket | IncomingMessage,
      address: string,
      socket: Socket,
      closable: Stream = socket,
    ) => {
      const connection = this.#open(address);
      if (!connection) return void socket.destroy();
      this.#connections.set(key, connection);
      closable.on('close', () => connection.close());
    };
    const trackRequest = (request: IncomingMessage, closable: Stream) =>
      track(request, this.#addressOf(request), request.socket, closable);
    if (this.#bounds.trustedProxies === 0) {
      http.on('connection', (socket) => track(socket, socket.remoteAddress ?? '', socket));
    } else {
      http.prependListener('request', trackRequest);
      http.prependListener('upgrade', trackRequest);
    }
  }

  isOverLimit(request: IncomingMessage): boolean {
    return this.#connectionOf(request)?.isOverLimit ?? false;
  }

  /** Call this after the request's token was verified. @throws HubError limit_reached */
  admitRequest(request: IncomingMessage, principal: Principal): void {
    const connection = this.#connectionOf(request);
    if (connection) this.#admit(connection, principal, 'request');
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
    return existing ?? this.#open(this.#addressOf(request)) ?? new TrackedConnection(null, true);
  }

  /** Call this after the session's token was verified. @throws HubError limit_reached */
  admitSession(connection: TrackedConnection, principal: Principal): void {
    this.#admit(connection, principal, 'socket');
  }

  #connectionOf(request: IncomingMessage): TrackedConnection | undefined {
    return this.#connections.get(this.#bounds.trustedProxies === 0 ? request.socket : request);
  }

  #addressOf(request: IncomingMessage): string {
    return clientAddress(request, this.#bounds.trustedProxies);
  }

  #open(address: string): TrackedConnection | null {
    const { connectionsPerAddress: max } = this.#bounds;
    const group = addressGroup(address);
    const count = this.#unauthenticated.get(group);
    return count < max * OVER_LIMIT_FACTOR
      ? new TrackedConnection(this.#unauthenticated.add(group), count >= max)
      : null;
  }

  #admit(connection: TrackedConnection, principal: Principal, kind: keyof typeof FACTORS): void {
    const countedAs = isService(principal) ? 'program' : `${kind} ${principal.space}/${principal.sub}`;
    if (connection.isCountedAs(countedAs)) return;
    if (isService(principal)) return void connection.countAs(countedAs, null);
    const max = this.#bounds.connectionsPerUser * FACTORS[kind];
    if (this.#users.get(countedAs) >= max) {
      throw new HubError('limit_reached', `a user has at most ${max} connections of this kind to a gateway`);
    }
    connection.countAs(countedAs, this.#users.add(countedAs));
  }
}
