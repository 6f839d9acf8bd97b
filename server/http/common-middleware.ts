/** Middleware that runs before the body of a request is read. */
import type { RequestHandler } from 'express';
import { HubError } from '../../core/errors.ts';
import { trackBody } from '../limits/byte-budget.ts';
import type { TransportDeps } from '../transports.ts';
import { principalOf } from './authenticate.ts';
import type { RouteTable } from './routes.ts';

/** Status in metrics for a request whose client disconnected before the response. */
const CLIENT_CLOSED = 499;

/** Measures every request when its response is sent or its client disconnects. */
export const measureRequests =
  ({ metrics }: TransportDeps, routes: RouteTable): RequestHandler =>
  (request, response, next) => {
    const startedAt = performance.now();
    // Read now, because routers change the request's path.
    const { method, path } = request;
    response.once('close', () => {
      metrics.request({
        method,
        route: routes.find(path),
        status: response.writableFinished ? response.statusCode : CLIENT_CLOSED,
        seconds: (performance.now() - startedAt) / 1_000,
      });
    });
    next();
  };

export const trackConnections =
  ({ shutdown, connectionLimiter }: TransportDeps): RequestHandler =>
  (request, response, next) => {
    // The gateway finishes pending responses before it stops.
    shutdown.trackResponse(response);
    // An unauthenticated connection over the limit of its address may send one request.
    if (connectionLimiter.isOverLimit(request)) response.shouldKeepAlive = false;
    next();
  };

export const startCalls =
  ({ shutdown }: TransportDeps): RequestHandler =>
  (request, response, next) => {
    // No cache or proxy between the hub and its caller may store a response or share it.
    response.set('Cache-Control', 'no-store').vary('Authorization').vary('Accept-Language');
    // Preflight requests carry no token. If CORS is enabled, `cors` has already responded.
    if (request.method === 'OPTIONS') {
      return void response.set('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS').status(204).end();
    }
    shutdown.throwIfShuttingDown();
    next();
  };

/** Counts the connection against the limit of its authenticated user. */
export const limitConnections =
  ({ connectionLimiter }: TransportDeps): RequestHandler =>
  (request, response, next) => {
    try {
      connectionLimiter.admitRequest(request, principalOf(request));
    } catch (error) {
      response.shouldKeepAlive = false;
      throw error;
    }
    next();
  };

export const expectJson =
  ({ incompleteInput }: TransportDeps): RequestHandler =>
  (request, _response, next) => {
    const { headers } = request;
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
    if (hasBody && !request.is('application/json')) throw new HubError('unsupported_media_type');
    trackBody(incompleteInput, request);
    next();
  };
