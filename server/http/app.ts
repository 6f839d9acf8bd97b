import cors from 'cors';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { HubError } from '../../core/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { toHubError, toProblem } from '../error-mapping.ts';
import { overLimitError } from '../limits/connection-limiter.ts';
import { weightOf } from '../limits/payload-budget.ts';
import { operations, routePatterns } from '../operations/operations.ts';
import type { TransportDeps } from '../transports.ts';
import { authenticate, principalOf } from './authenticate.ts';
import {
  expectJson,
  limitConnections,
  measureRequests,
  startCalls,
  trackConnections,
} from './common-middleware.ts';
import { docsRoutes } from './docs.ts';
import type { HealthState } from './health.ts';
import { limitCalls } from './limit.ts';
import { operationRoutes } from './operation-routes.ts';
import { RouteTable } from './routes.ts';

/** Response headers that pages of other origins may read. */
const exposedHeaders = ['RateLimit', 'RateLimit-Policy', 'Retry-After'];

export interface HttpDeps extends TransportDeps {
  checkHealth: () => Promise<HealthState>;
  /** Adds routes before the 404 handler. */
  routes?: (app: Express) => void;
}

export function createApp(deps: HttpDeps): Express {
  const { config, connectionLimiter, metrics, payloadBudget } = deps;
  const { trustedProxies } = config.limits;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', trustedProxies);
  const routes = new RouteTable(routePatterns);
  app.use(measureRequests(deps, routes), trackConnections(deps), helmet());
  const origin = config.corsOrigin;
  if (origin) app.use(cors({ origin: origin.includes('*') ? '*' : origin, maxAge: 600, exposedHeaders }));
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const health = await deps.checkHealth();
    const state = deps.shutdown.isShuttingDown ? { ...health, status: 'unavailable' } : health;
    response.status(state.status === 'ok' ? 200 : 503).json(state);
  });
  app.get('/metrics', async (_request, response) => {
    const text = await metrics.text();
    response.set('Content-Type', metrics.contentType).send(text);
  });
  app.use(docsRoutes());

  const v1 = express.Router();
  const limit = limitCalls(deps.admission, routes);
  v1.use(startCalls(deps));
  v1.use(authenticate(deps.authenticator, trustedProxies), limitConnections(deps), limit.beforeBody);
  // A separate router, so that earlier errors do not reach its error handler.
  const body = express.Router();
  // Reserves memory for the body before it is parsed, until the call ends.
  const verify = (request: Request, response: Response, content: Buffer) => {
    response.once('close', payloadBudget.reserve(principalOf(request), weightOf(content)));
  };
  body.use(expectJson(deps), express.json({ limit: limits.payload, strict: false, verify }));
  body.use(limit.onUnreadableBody);
  v1.use(body, limit.afterBody);
  v1.use(operationRoutes(operations, deps.services));
  app.use('/v1', v1);

  deps.routes?.(app);
  app.use((request: Request) => {
    throw new HubError('not_found', `there is no ${request.method} ${request.path}`);
  });
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const thrown = fromBodyParser(error) ?? toHubError(error, deps.log);
    const isOverLimit = thrown.code === 'unauthenticated' && connectionLimiter.isOverLimit(request);
    const hubError = isOverLimit ? overLimitError() : thrown;
    const problem = toProblem(hubError);
    if (hubError.code === 'unauthenticated') response.set('WWW-Authenticate', 'Bearer');
    if (hubError.retryAfterMs !== undefined)
      response.set('Retry-After', String(Math.max(1, Math.ceil(hubError.retryAfterMs / 1_000))));
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  });
  return app;
}

/** Maps errors of Express and its body parser. */
function fromBodyParser(error: unknown): HubError | null {
  if (!(error instanceof Error)) return null;
  const { type, status } = error as Error & { type?: string; status?: number };
  if (type === 'entity.too.large') {
    return new HubError('payload_too_large', `the body is larger than ${limits.payload} bytes`);
  }
  if (type === 'entity.parse.failed') return new HubError('invalid_json');
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return new HubError('unsupported_media_type');
  if (type === 'request.aborted' || type === 'request.size.invalid')
    return new HubError('invalid_input', error.message);
  if (error instanceof URIError) return new HubError('invalid_input', 'the URL is malformed');
  if (status === 400) return new HubError('invalid_input', 'the body cannot be read');
  return null;
}
