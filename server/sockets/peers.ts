/** The peers of Engine.IO sessions. The first request of a session is not kept, because its headers may be large. */
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Principal } from '../../core/access/principal.ts';
import { HubError } from '../../core/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { clientAddress } from '../limits/client-address.ts';
import type { ConnectionLimiter, TrackedConnection } from '../limits/connection-limiter.ts';
import { type Connection, webSocketOf } from './outbox.ts';

/** Time over which disconnects are spread, so that clients do not all reconnect at once. */
const SPREAD_MS = 1_000;
const STEPS = 20;
/** Up to this many clients are disconnected at once. */
const MIN_BATCH_SIZE = 100;

interface Peer {
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
    connection.on('close', () => {
      this.#bySession.delete(sid);
      peer.trackedConnection.close();
    });
  }

  get(connection: Connection): Peer {
    const peer = this.#byConnection.get(connection);
    if (!peer) throw new Error('unknown session');
    return peer;
  }

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

  /** Closes the transports of all clients, so that they reconnect automatically. After Socket.IO's `disconnect` they would not. */
  async disconnectAll(): Promise<void> {
    const sessions = [...this.#bySession.values()];
    const batchSize = Math.max(MIN_BATCH_SIZE, Math.ceil(sessions.length / STEPS));
    for (let start = 0; start < sessions.length; start += batchSize) {
      if (start > 0) await new Promise((resolve) => setTimeout(resolve, SPREAD_MS / STEPS));
      for (const session of sessions.slice(start, start + batchSize)) {
        // A WebSocket flushes its buffer when it closes. With polling, a graceful close would wait for the client's next poll.
        session.close(session.transport.name !== 'websocket');
      }
    }
  }
}
