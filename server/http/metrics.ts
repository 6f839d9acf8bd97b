import type { Request, RequestHandler, Response } from 'express';
import type { Metrics } from '../../infra/metrics.ts';
import type { RouteTable } from './routes.ts';

/** Answers a request whose client went away first; no status was sent. */
const CLIENT_CLOSED = 499;

/** Counts every request when its answer is sent, or its client gone. */
export const measureRequests =
  (metrics: Metrics, routes: RouteTable): RequestHandler =>
  (request, response, next) => {
    const begun = performance.now();
    // Routers change the request's path on their way.
    const { method, path } = request;
    response.once('close', () => {
      metrics.request({
        method,
        route: routes.find(path),
        status: response.writableFinished ? response.statusCode : CLIENT_CLOSED,
        seconds: (performance.now() - begun) / 1_000,
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
