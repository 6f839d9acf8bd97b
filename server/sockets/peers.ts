/** The peers of Engine.IO sessions. The first request of a session is not kept, because its headers may be large. */
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Principal } from '../../core/access/principal.ts';
import { HubError } from '../../core/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { clientAddress } from '../client-address.ts';
import type { ConnectionLimiter, TrackedConnection } from '../connection-limiter.ts';
import { type Connection, webSocketOf } from './outbox.ts';

export interface Peer {
  readonly trackedConnection: TrackedConnection;
  readonly address: string;
  readonly agent: string | null;
  /** The principal of the last valid token; `null` before authentication. */
  principal: Principal | null;
  isHandshaking: boolean;
}

export class Peers {
  readonly #connectionLimiter: ConnectionLimiter;
  readonly #trustedProxies: number;
  readonly #byConnection = new WeakMap<Connection, Peer>();
  readonly #byWebSocket = new WeakMap<WebSocket, Connection>();
  readonly #bySession = new Map<string, Connection>();

  constructor(connectionLimiter: ConnectionLimiter, trustedProxies: number) {
    this.#connectionLimiter = connectionLimiter;
    this.#trustedProxies = trustedProxies;
  }

  /** Registers a new session. */
  add(connection: Connection): void {
    const { request } = connection;
    const webSocket = webSocketOf(connection);
    const peer: Peer = {
      trackedConnection: this.#connectionLimiter.openSession(request, webSocket !== null),
      address: clientAddress(request, this.#trustedProxies),
      agent: request.headers['user-agent']?.slice(0, limits.requestAgent) ?? null,
      principal: null,
      isHandshaking: false,
    };
    // Frees memory, as Socket.IO's documentation recommends. Nothing reads the request from here on.
    Reflect.set(connection, 'request', null);
    this.#byConnection.set(connection, peer);
    if (webSocket) this.#byWebSocket.set(webSocket, connection);
    const { sid } = connection.transport;
    this.#bySession.set(sid, connection);
    connection.once('close', () => {
      this.#bySession.delete(sid);
      peer.trackedConnection.close();
    });
  }

  get(connection: Connection): Peer {
    const peer = this.#byConnection.get(connection);
    if (!peer) throw new Error('unknown session');
    return peer;
  }

  sessions(): Iterable<Connection> {
    return this.#bySession.values();
  }

  /** Returns the session with the id that its requests carry. */
  session(sid: string | undefined): Connection | undefined {
    return sid === undefined ? undefined : this.#bySession.get(sid);
  }

  /** Returns the session that was started over this WebSocket. */
  connectionOf(webSocket: WebSocket): Connection | undefined {
    return this.#byWebSocket.get(webSocket);
  }

  isAuthenticated(connection: Connection | undefined): boolean {
    return connection !== undefined && this.get(connection).principal !== null;
  }

  /** Call this after the session's token was verified. @throws HubError limit_reached */
  admit(connection: Connection, principal: Principal): void {
    const peer = this.get(connection);
    if (connection.readyState !== 'open') throw new HubError('unavailable', 'the connection is closed');
    this.#connectionLimiter.admitSession(peer.trackedConnection, principal);
    peer.principal = principal;
  }

  /** Counts the request's connection for the user of the session. */
  attachRequest(connection: Connection, request: IncomingMessage): void {
    const { principal } = this.get(connection);
    if (principal) this.#connectionLimiter.attachRequest(request, principal);
  }
}
