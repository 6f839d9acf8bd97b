/** What is known of the peers of Engine.IO's sessions. A session's first request is not kept: its headers may be large. */
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Principal } from '../../core/access.ts';
import { HubError } from '../../core/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { clientAddress } from '../client-address.ts';
import type { Visitor, Visitors } from '../visitors.ts';
import { type Connection, webSocketOf } from './outbox.ts';

export interface Peer {
  readonly visitor: Visitor;
  readonly address: string;
  readonly agent: string | null;
  /** Whose token was checked last; `null`: none was. */
  principal: Principal | null;
  isHandshaking: boolean;
}

export class Peers {
  readonly #visitors: Visitors;
  readonly #trustedProxies: number;
  readonly #byConnection = new WeakMap<Connection, Peer>();
  readonly #byWebSocket = new WeakMap<WebSocket, Connection>();
  readonly #bySession = new Map<string, Connection>();

  constructor(visitors: Visitors, trustedProxies: number) {
    this.#visitors = visitors;
    this.#trustedProxies = trustedProxies;
  }

  /** A session began. */
  meet(connection: Connection): void {
    const { request } = connection;
    const webSocket = webSocketOf(connection);
    const peer: Peer = {
      visitor: this.#visitors.openSession(request, webSocket !== null),
      address: clientAddress(request, this.#trustedProxies),
      agent: request.headers['user-agent']?.slice(0, limits.requestAgent) ?? null,
      principal: null,
      isHandshaking: false,
    };
    // Socket.IO's documentation on memory: nothing reads it from here on.
    Reflect.set(connection, 'request', null);
    this.#byConnection.set(connection, peer);
    if (webSocket) this.#byWebSocket.set(webSocket, connection);
    const { sid } = connection.transport;
    this.#bySession.set(sid, connection);
    connection.once('close', () => {
      this.#bySession.delete(sid);
      peer.visitor.go();
    });
  }

  of(connection: Connection): Peer {
    const peer = this.#byConnection.get(connection);
    if (!peer) throw new Error('the session is not known');
    return peer;
  }

  sessions(): Iterable<Connection> {
    return this.#bySession.values();
  }

  /** By the id its requests carry. */
  session(sid: string | undefined): Connection | undefined {
    return sid === undefined ? undefined : this.#bySession.get(sid);
  }

  /** The session that began over a WebSocket. */
  connectionOf(webSocket: WebSocket): Connection | undefined {
    return this.#byWebSocket.get(webSocket);
  }

  isProven(connection: Connection | undefined): boolean {
    return connection !== undefined && this.of(connection).principal !== null;
  }

  /** A token of the session was checked. @throws HubError limit_reached */
  admit(connection: Connection, principal: Principal): void {
    const peer = this.of(connection);
    if (connection.readyState !== 'open') throw new HubError('unavailable', 'the connection is closed');
    this.#visitors.admitSession(peer.visitor, principal);
    peer.principal = principal;
  }

  /** A request belongs to the session. */
  follow(connection: Connection, request: IncomingMessage): void {
    const { principal } = this.of(connection);
    if (principal) this.#visitors.follow(request, principal);
  }
}
