/** Configures the Socket.IO server: which requests reach Engine.IO, and how much memory each may use. */
import { type Server as HttpServer, type IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import { Server } from 'socket.io';
import type { WebSocket } from 'ws';
import { HubError } from '../../core/errors.ts';
import { toProblem } from '../error-mapping.ts';
import { shuttingDownError } from '../graceful-shutdown.ts';
import { trackBody } from '../limits/byte-budget.ts';
import { overLimitError } from '../limits/connection-limiter.ts';
import type { SocketDeps } from '../transports.ts';
import { boundedWebSockets, type ConnectionStatus, MAX_FRAME, MAX_UNAUTHENTICATED_BYTES } from './frames.ts';
import type { Connection } from './outbox.ts';
import { parser } from './parser.ts';
import { Peers } from './peers.ts';
import { SessionQueue } from './session-queue.ts';
import type { HubServer } from './types.ts';

/** Timeout for authentication, from the start of a session. */
const HANDSHAKE_MS = 10_000;

type EngineRequest = IncomingMessage & { _query: Partial<Record<string, string>> };
type Next = (error?: Error) => void;

export function createEngine(http: HttpServer, deps: SocketDeps): { io: HubServer; peers: Peers } {
  const { admission, connectionLimiter, incompleteInput, outboxes, shutdown } = deps;
  const { corsOrigin: origin, limits } = deps.config;
  const sessions = new SessionQueue(() => admission.isActive);
  const peers = new Peers(connectionLimiter, limits.trustedProxies);
  const sessionOf = (request: IncomingMessage) => peers.session((request as EngineRequest)._query.sid);
  const io: HubServer = new Server(http, {
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: MAX_FRAME,
    connectTimeout: HANDSHAKE_MS,
    parser,
    wsEngine: boundedWebSockets(incompleteInput, statusOf),
    ...(origin && { cors: { origin: origin.includes('*') ? '*' : origin } }),
  });
  const setSecurityHeaders = helmet();
  io.engine.use((request: EngineRequest, response: ServerResponse, next: Next) => {
    // A browser ignores these headers of a WebSocket's handshake.
    if (isUpgrade(response)) next();
    else setSecurityHeaders(request, response, () => next());
  });
  io.engine.use((request: EngineRequest, response: ServerResponse, next: Next) => {
    const session = sessionOf(request);
    const rejection = rejectionOf(request, session);
    if (rejection) return reject(request, response, rejection);
    if (!session) return enqueueSession(request, response, next);
    peers.attachRequest(session, request);
    if (request.method === 'POST') trackBody(incompleteInput, request);
    proceed(response, next);
  });
  io.engine.on('connection', (connection: Connection) => {
    outboxes.get(connection);
    peers.add(connection);
  });

  function enqueueSession(request: EngineRequest, response: ServerResponse, next: Next): void {
    // While an upgrade request waits, nothing else handles errors of its socket.
    request.socket.on('error', ignore);
    sessions.add(() => {
      request.socket.off('error', ignore);
      if (request.socket.destroyed) return false;
      if (shutdown.isShuttingDown) reject(request, response, shuttingDownError());
      else proceed(response, next);
      return true;
    });
  }

  function rejectionOf(request: EngineRequest, session: Connection | undefined): HubError | null {
    // Other origins could execute JSONP responses as scripts.
    if (request._query.j !== undefined) return new HubError('invalid_input', 'JSONP is not supported');
    // Engine.IO responds to other methods with 500.
    if (request.method !== 'GET' && request.method !== 'POST') {
      return new HubError('method_not_allowed', `sockets accept GET and POST, not ${request.method}`);
    }
    if (!session && shutdown.isShuttingDown) return shuttingDownError();
    if (!session) return connectionLimiter.isOverLimit(request) ? overLimitError() : null;
    if (request.method !== 'POST') return null;
    if (outboxes.get(session).isFull) {
      outboxes.get(session).discard();
      return new HubError('rate_limited', 'the client does not read its responses', undefined, 1_000);
    }
    const isAuthenticated = peers.isAuthenticated(session);
    const isSmall = Number(request.headers['content-length'] ?? Infinity) <= MAX_UNAUTHENTICATED_BYTES;
    return isAuthenticated || isSmall
      ? null
      : new HubError('payload_too_large', 'the handshake is too large');
  }

  function statusOf(webSocket: WebSocket, request: IncomingMessage): ConnectionStatus {
    return new SessionStatus(deps, peers, webSocket, sessionOf(request));
  }

  return { io, peers };
}

/** A class, because closures would take more memory for each connection. */
class SessionStatus implements ConnectionStatus {
  readonly #deps: SocketDeps;
  readonly #peers: Peers;
  readonly #webSocket: WebSocket;
  readonly #upgraded: Connection | undefined;

  /** `upgraded`: the session that began with polling and continues over this WebSocket. */
  constructor(deps: SocketDeps, peers: Peers, webSocket: WebSocket, upgraded: Connection | undefined) {
    this.#deps = deps;
    this.#peers = peers;
    this.#webSocket = webSocket;
    this.#upgraded = upgraded;
  }

  isAuthenticated(): boolean {
    return this.#peers.isAuthenticated(this.#session());
  }

  isBusy(): boolean {
    const session = this.#session();
    if (!session) return false;
    const { outboxes, payloadBudget } = this.#deps;
    const { principal } = this.#peers.get(session);
    return outboxes.get(session).isFull || (principal !== null && payloadBudget.isBusy(principal));
  }

  #session(): Connection | undefined {
    return this.#upgraded ?? this.#peers.connectionOf(this.#webSocket);
  }
}

const ignore = (): void => undefined;

function proceed(response: ServerResponse, next: Next): void {
  next();
  // The response object of an upgrade lives as long as its connection, and would keep the request with its headers.
  if (isUpgrade(response)) Reflect.set(response, 'req', null);
}

/** An upgrade request has no response object, only a socket. Engine.IO passes a substitute. */
const isUpgrade = (response: ServerResponse): boolean => !(response instanceof ServerResponse);

function reject(request: IncomingMessage, response: ServerResponse, error: HubError): void {
  const problem = toProblem(error);
  const body = JSON.stringify(problem);
  const target = isUpgrade(response) ? new ServerResponse(request) : response;
  if (isUpgrade(response)) target.assignSocket(request.socket);
  target.once('finish', () => request.socket.destroySoon());
  target.writeHead(problem.status, {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(error.code === 'method_not_allowed' && { Allow: 'GET, POST' }),
    Connection: 'close',
  });
  target.end(body);
}
