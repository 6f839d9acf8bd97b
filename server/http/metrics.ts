import type { Request, RequestHandler, Response } from 'express';
import type { Metrics } from '../../infra/metrics.ts';
import type { RouteTable } from './routes.ts';

/** Status in metrics for a request whose client disconnected before the response. */
const CLIENT_CLOSED = 499;

/** Measures every request when its response is sent or its client disconnects. */
export const measureRequests =
  (metrics: Metrics, routes: RouteTable): RequestHandler =>
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

/** `GET /metrics`. */
export const metricsRoute =
  (metrics: Metrics) =>
  async (_request: Request, response: Response): Promise<void> => {
    const text = await metrics.text();
    response.set('Content-Type', metrics.contentType).send(text);
  };
