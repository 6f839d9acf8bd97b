/** Socket.IO's server as the hub runs it: which requests reach Engine.IO, and what each of them may hold. */
import { type Server as HttpServer, type IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import { Server } from 'socket.io';
import type { WebSocket } from 'ws';
import { HubError } from '../../core/errors.ts';
import type { Config } from '../../infra/config.ts';
import { type Closing, stopping } from '../closing.ts';
import { Pace } from '../pace.ts';
import type { Payloads } from '../payloads.ts';
import { toProblem } from '../refusal.ts';
import { countBody, type Unfinished } from '../unfinished.ts';
import type { Visitors } from '../visitors.ts';
import { boundedWebSockets, type Guard, MAX_FRAME, MAX_UNPROVEN } from './frames.ts';
import type { Connection, Outboxes } from './outbox.ts';
import { parser } from './parser.ts';
import { Peers } from './peers.ts';
import type { HubServer } from './types.ts';

/** Milliseconds from the start of a session until a token of it must have been checked. */
const HANDSHAKE_MS = 10_000;
/** However busy the event loop is, a session begins after so many milliseconds. */
const MAX_ARRIVAL_MS = 10;

export interface EngineDeps {
  config: Pick<Config, 'corsOrigin' | 'bounds'>;
  visitors: Visitors;
  unfinished: Unfinished;
  outboxes: Outboxes;
  payloads: Payloads;
  closing: Closing;
}

type EngineRequest = IncomingMessage & { _query: Partial<Record<string, string>> };
type Next = (error?: Error) => void;

export function createEngine(http: HttpServer, deps: EngineDeps): { io: HubServer; peers: Peers } {
  const { visitors, unfinished, outboxes, payloads, closing } = deps;
  const { corsOrigin: origin, bounds } = deps.config;
  /**
   * Clients that come back by the hundred must not slow down those that are connected: sessions begin at a pace (decision 44). Each
   * returns whether its client is still there.
   */
  const arrivals: Array<() => boolean> = [];
  const beginNext = () => {
    while (arrivals.length > 0) if (arrivals.shift()?.()) return true;
    return false;
  };
  const pace = new Pace({ maxWaitMs: () => MAX_ARRIVAL_MS, beginNext });
  const peers = new Peers(visitors, bounds.trustedProxies);
  const sessionOf = (request: IncomingMessage) => peers.session((request as EngineRequest)._query.sid);
  const io: HubServer = new Server(http, {
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: MAX_FRAME,
    connectTimeout: HANDSHAKE_MS,
    parser,
    wsEngine: boundedWebSockets(unfinished, guardOf),
    ...(origin && { cors: { origin: origin.includes('*') ? '*' : origin } }),
  });
  io.engine.use(helmet());
  io.engine.use((request: EngineRequest, response: ServerResponse, next: Next) => {
    const session = sessionOf(request);
    const refusal = refusalOf(request, session);
    if (refusal) return refuse(request, response, refusal);
    if (!session) return arrive(request, response, next);
    peers.follow(session, request);
    if (request.method === 'POST') countBody(unfinished, request);
    next();
  });
  io.engine.on('connection', (connection: Connection) => {
    outboxes.of(connection);
    peers.meet(connection);
  });

  function arrive(request: EngineRequest, response: ServerResponse, next: Next): void {
    // Of a request to upgrade nobody else hears of a socket that fails meanwhile.
    request.socket.on('error', ignore);
    arrivals.push(() => {
      request.socket.off('error', ignore);
      if (request.socket.destroyed) return false;
      if (closing.isClosing) refuse(request, response, stopping());
      else next();
      return true;
    });
    pace.wake();
  }

  function refusalOf(request: EngineRequest, session: Connection | undefined): HubError | null {
    // Answers that other pages can run as scripts.
    if (request._query.j !== undefined) return new HubError('invalid_input', 'JSONP is not supported');
    // Engine.IO answers others with 500.
    if (request.method !== 'GET' && request.method !== 'POST') {
      return new HubError('method_not_allowed', `sockets take GET and POST, not ${request.method}`);
    }
    if (!session && closing.isClosing) return stopping();
    if (!session) return visitors.isExtra(request) ? tooMany() : null;
    if (request.method !== 'POST') return null;
    if (outboxes.of(session).isFull) {
      outboxes.of(session).discard();
      return new HubError('rate_limited', 'the client does not read its answers', undefined, 1_000);
    }
    const isProven = peers.isProven(session);
    const isSmall = Number(request.headers['content-length'] ?? Infinity) <= MAX_UNPROVEN;
    return isProven || isSmall ? null : new HubError('payload_too_large', 'the handshake is too large');
  }

  function guardOf(webSocket: WebSocket, request: IncomingMessage): Guard {
    const upgraded = sessionOf(request);
    const session = () => upgraded ?? peers.connectionOf(webSocket);
    return {
      isProven: () => peers.isProven(session()),
      isBusy: () => {
        const connection = session();
        if (!connection) return false;
        const { principal } = peers.of(connection);
        return outboxes.of(connection).isFull || (principal !== null && payloads.isBusy(principal));
      },
    };
  }

  return { io, peers };
}

const ignore = (): void => undefined;

const tooMany = (): HubError =>
  new HubError('limit_reached', 'too many connections of this address have not sent a valid token yet');

/** A request to upgrade has no response, only its socket. */
function refuse(request: IncomingMessage, response: ServerResponse, refusal: HubError): void {
  const problem = toProblem(refusal);
  const body = JSON.stringify(problem);
  const isUpgrade = !(response instanceof ServerResponse);
  const answer = isUpgrade ? new ServerResponse(request) : response;
  if (isUpgrade) answer.assignSocket(request.socket);
  answer.once('finish', () => request.socket.destroySoon());
  answer.writeHead(problem.status, {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(refusal.code === 'method_not_allowed' && { Allow: 'GET, POST' }),
    Connection: 'close',
  });
  answer.end(body);
}
