/**
 * Who is connected, before and after a token is checked (decision 30). A visitor is a connection, or behind trusted proxies,
 * whose connections carry everybody's requests, a request; and a session of Engine.IO. It is:
 *
 * - a stranger: counted by its address, until a token of it was checked. One above the bound is **extra**: it may still send a
 *   request with a valid token, but gets nothing else;
 * - known: counted by its user, until it goes.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { isService, type Principal } from '../core/access.ts';
import { HubError } from '../core/errors.ts';
import type { Bounds } from '../infra/bounds.ts';
import { addressGroup, clientAddress } from './client-address.ts';

/** Strangers of one address that are connected at all, as a multiple of those that get an answer. */
const EXTRA = 10;
/** HTTP connections of one user, as a multiple of its sockets: backends call for their users through pools of connections. */
const HTTP_PER_SOCKET = 10;

export class Visitor {
  isExtra: boolean;
  /** Where a known one is counted, e.g. `socket default/ada`. */
  #place: string | null = null;
  #leave: (() => void) | null;
  #isGone = false;

  constructor(leave: (() => void) | null, isExtra: boolean) {
    this.#leave = leave;
    this.isExtra = isExtra;
  }

  isAt(place: string): boolean {
    return this.#isGone || this.#place === place;
  }

  move(place: string, leave: (() => void) | null): void {
    this.#leave?.();
    this.#leave = leave;
    this.#place = place;
    this.isExtra = false;
  }

  /** Its connection, request or session ended. */
  go(): void {
    this.#isGone = true;
    this.#leave?.();
    this.#leave = null;
  }
}

/** How many there are of each name. */
class Tally {
  readonly #counts = new Map<string, number>();

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Returns what takes it out again. */
  add(name: string): () => void {
    this.#counts.set(name, this.of(name) + 1);
    return () => {
      const left = this.of(name) - 1;
      if (left > 0) this.#counts.set(name, left);
      else this.#counts.delete(name);
    };
  }
}

export class Visitors {
  readonly #bounds: Pick<Bounds, 'connectionsPerAddress' | 'connectionsPerUser' | 'trustedProxies'>;
  readonly #strangers = new Tally();
  readonly #users = new Tally();
  /** By connection, or behind proxies by request. */
  readonly #visitors = new WeakMap<Socket | IncomingMessage, Visitor>();

  constructor(bounds: Pick<Bounds, 'connectionsPerAddress' | 'connectionsPerUser' | 'trustedProxies'>) {
    this.#bounds = bounds;
  }

  /** Counts what comes to the server. To be called when everything else listens to it, so that this is asked first. */
  watch(http: Server): void {
    if (this.#bounds.trustedProxies === 0) {
      http.on('connection', (socket) => {
        const visitor = this.#enter(addressGroup(socket.remoteAddress ?? ''));
        if (!visitor) return void socket.destroy();
        this.#visitors.set(socket, visitor);
        socket.once('close', () => visitor.go());
      });
      return;
    }
    const enter = (request: IncomingMessage, end: { once(event: 'close', run: () => void): unknown }) => {
      const visitor = this.#enter(this.addressOf(request));
      if (!visitor) return void request.socket.destroy();
      this.#visitors.set(request, visitor);
      end.once('close', () => visitor.go());
    };
    http.prependListener('request', enter);
    http.prependListener('upgrade', (request, socket) => enter(request, socket));
  }

  /** The client's address; of IPv6 its network, of which a client has all addresses. */
  addressOf(request: IncomingMessage): string {
    return addressGroup(clientAddress(request, this.#bounds.trustedProxies));
  }

  /** Whether the request comes from a stranger above the bound of its address. */
  isExtra(request: IncomingMessage): boolean {
    return this.#visitorOf(request)?.isExtra ?? false;
  }

  /** The request's token was checked. @throws HubError limit_reached */
  admitRequest(request: IncomingMessage, principal: Principal): void {
    const visitor = this.#visitorOf(request);
    if (visitor) this.#admit(visitor, principal, 'request', HTTP_PER_SOCKET);
  }

  /** The connection carries requests of a session whose token was checked. */
  follow(request: IncomingMessage, principal: Principal): void {
    try {
      this.admitRequest(request, principal);
    } catch {
      // It stays a stranger, and is bounded as one.
    }
  }

  /** A session of Engine.IO. Over a WebSocket it is the connection's own visitor, else a further one. */
  openSession(request: IncomingMessage, isWebSocket: boolean): Visitor {
    const own = isWebSocket ? this.#visitorOf(request) : undefined;
    return own ?? this.#enter(this.addressOf(request)) ?? new Visitor(null, true);
  }

  /** The session's token was checked. @throws HubError limit_reached */
  admitSession(visitor: Visitor, principal: Principal): void {
    this.#admit(visitor, principal, 'socket', 1);
  }

  #visitorOf(request: IncomingMessage): Visitor | undefined {
    return this.#visitors.get(this.#bounds.trustedProxies === 0 ? request.socket : request);
  }

  #enter(address: string): Visitor | null {
    const { connectionsPerAddress: most } = this.#bounds;
    const there = this.#strangers.of(address);
    return there < most * EXTRA ? new Visitor(this.#strangers.add(address), there >= most) : null;
  }

  #admit(visitor: Visitor, principal: Principal, kind: 'socket' | 'request', factor: number): void {
    const place = isService(principal) ? 'program' : `${kind} ${principal.space}/${principal.sub}`;
    if (visitor.isAt(place)) return;
    if (isService(principal)) {
      visitor.move(place, null);
      return;
    }
    const most = this.#bounds.connectionsPerUser * factor;
    if (this.#users.of(place) >= most) {
      throw new HubError('limit_reached', `a user has at most ${most} connections of this kind to a gateway`);
    }
    visitor.move(place, this.#users.add(place));
  }
}
