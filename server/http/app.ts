import cors from 'cors';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { HubError } from '../../core/errors.ts';
import type { Config } from '../../infra/config.ts';
import type { Logger } from '../../infra/log.ts';
import type { Metrics } from '../../infra/metrics.ts';
import { limits } from '../../protocol/limits.ts';
import type { Authenticator } from '../authenticator.ts';
import type { ConnectionLimiter } from '../connection-limiter.ts';
import { toHubError, toProblem } from '../error-mapping.ts';
import type { GracefulShutdown } from '../graceful-shutdown.ts';
import type { IncompleteInput } from '../incomplete-input.ts';
import type { Admission } from '../limits/admission.ts';
import { operations, routePatterns } from '../operations/operations.ts';
import type { PayloadBudget } from '../payload-budget.ts';
import type { Services } from '../services.ts';
import { authenticate } from './authenticate.ts';
import {
  closeOverLimit,
  limitConnections,
  overLimitError,
  preflight,
  privateResponses,
  rejectDuringShutdown,
  reservePayloads,
  trackBodies,
  trackResponses,
} from './common-middleware.ts';
import { docsRoutes } from './docs.ts';
import type { Health } from './health.ts';
import { limitCalls } from './limit.ts';
import { measureRequests, metricsRoute } from './metrics.ts';
import { operationRoutes } from './operation-routes.ts';
import { RouteTable } from './routes.ts';

/** Response headers that pages of other origins may read. */
const exposedHeaders = ['RateLimit', 'RateLimit-Policy', 'Retry-After'];

export interface HttpDeps {
  config: Config;
  authenticator: Authenticator;
  admission: Admission;
  connectionLimiter: ConnectionLimiter;
  shutdown: GracefulShutdown;
  incompleteInput: IncompleteInput;
  payloadBudget: PayloadBudget;
  services: Services;
  health: Health;
  metrics: Metrics;
  log: Logger;
  /** Adds routes before the 404 handler. */
  routes?: (app: Express) => void;
}

export function createApp(deps: HttpDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', deps.config.limits.trustedProxies);
  const routes = new RouteTable(routePatterns);
  app.use(measureRequests(deps.metrics, routes));
  app.use(trackResponses(deps.shutdown), helmet(), closeOverLimit(deps.connectionLimiter));
  const origin = deps.config.corsOrigin;
  if (origin) app.use(cors({ origin: origin.includes('*') ? '*' : origin, maxAge: 600, exposedHeaders }));
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const health = await deps.health.check();
    const state = deps.shutdown.isShuttingDown ? { ...health, status: 'unavailable' } : health;
    response.status(state.status === 'ok' ? 200 : 503).json(state);
  });
  app.get('/metrics', metricsRoute(deps.metrics));
  app.use(docsRoutes());

  const v1 = express.Router();
  const limit = limitCalls(deps.admission, routes);
  v1.use(privateResponses, preflight, rejectDuringShutdown(deps.shutdown));
  v1.use(
    authenticate(deps.authenticator, deps.config.limits.trustedProxies),
    limitConnections(deps.connectionLimiter),
  );
  v1.use(limit.beforeBody);
  // A separate router, so that earlier errors do not reach its error handler.
  const body = express.Router();
  const verify = reservePayloads(deps.payloadBudget);
  body.use(requireJson, trackBodies(deps.incompleteInput));
  body.use(express.json({ limit: limits.payload, strict: false, verify }));
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
    const hubError = overLimitError(deps.connectionLimiter, request, thrown);
    const problem = toProblem(hubError);
    if (hubError.code === 'unauthenticated') response.set('WWW-Authenticate', 'Bearer');
    if (hubError.retryAfterMs !== undefined)
      response.set('Retry-After', String(Math.max(1, Math.ceil(hubError.retryAfterMs / 1_000))));
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  });
  return app;
}

function requireJson(request: Request, _response: Response, next: NextFunction): void {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  if (hasBody && !request.is('application/json')) throw new HubError('unsupported_media_type');
  next();
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
