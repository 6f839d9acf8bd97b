import cors from 'cors';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { HubError } from '../../core/errors.ts';
import type { Config } from '../../infra/config.ts';
import type { Logger } from '../../infra/log.ts';
import type { Metrics } from '../../infra/metrics.ts';
import { limits } from '../../protocol/limits.ts';
import type { Closing } from '../closing.ts';
import type { Gate } from '../gate.ts';
import type { Admission } from '../limits/admission.ts';
import { routePatterns } from '../openapi/operations.ts';
import type { Payloads } from '../payloads.ts';
import { toHubError, toProblem } from '../refusal.ts';
import type { Services } from '../services.ts';
import type { Unfinished } from '../unfinished.ts';
import type { Visitors } from '../visitors.ts';
import { actionRoutes } from './actions.ts';
import { authenticate } from './authenticate.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { docsRoutes } from './docs.ts';
import {
  boundConnections,
  closeExtras,
  countBodies,
  countPayloads,
  noteRequests,
  preflight,
  privateAnswers,
  refusalOfExtra,
  refuseWhileClosing,
} from './edge.ts';
import { eventRoutes, objectEventRoutes, userEventRoutes } from './events.ts';
import { feedRoutes } from './feed.ts';
import type { Health } from './health.ts';
import { limitCalls } from './limit.ts';
import { measureRequests, metricsRoute } from './metrics.ts';
import { objectRoutes } from './objects.ts';
import { RouteTable } from './routes.ts';
import { trackerActionRoutes } from './tracker-actions.ts';
import { bulkTrackerRoutes, objectTrackerRoutes, trackerRoutes } from './trackers.ts';

/** What pages of other origins may read of an answer, beside its body. */
const exposedHeaders = ['RateLimit', 'RateLimit-Policy', 'Retry-After'];

export interface HttpDeps {
  config: Config;
  gate: Gate;
  admission: Admission;
  visitors: Visitors;
  closing: Closing;
  unfinished: Unfinished;
  payloads: Payloads;
  services: Services;
  health: Health;
  metrics: Metrics;
  log: Logger;
  /** More routes, before the answer to unknown ones. */
  routes?: (app: Express) => void;
}

export function createApp(deps: HttpDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', deps.config.bounds.trustedProxies);
  const routes = new RouteTable(routePatterns);
  app.use(measureRequests(deps.metrics, routes));
  app.use(noteRequests(deps.closing), helmet(), closeExtras(deps.visitors));
  const origin = deps.config.corsOrigin;
  if (origin) app.use(cors({ origin: origin.includes('*') ? '*' : origin, maxAge: 600, exposedHeaders }));
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const found = await deps.health.check();
    const state = deps.closing.isClosing ? { ...found, status: 'unavailable' } : found;
    response.status(state.status === 'ok' ? 200 : 503).json(state);
  });
  app.get('/metrics', metricsRoute(deps.metrics));
  app.use(docsRoutes());

  const v1 = express.Router();
  const limit = limitCalls(deps.admission, routes);
  v1.use(privateAnswers, preflight, refuseWhileClosing(deps.closing));
  v1.use(authenticate(deps.gate, deps.config.bounds.trustedProxies), boundConnections(deps.visitors));
  v1.use(limit.early);
  // A router of its own: errors from before do not enter it.
  const body = express.Router();
  const verify = countPayloads(deps.payloads);
  body.use(requireJson, countBodies(deps.unfinished));
  body.use(express.json({ limit: limits.payload, strict: false, verify }));
  body.use(limit.unreadable);
  v1.use(body, limit.enter);
  v1.use('/actions', actionRoutes(deps.services));
  v1.use('/objects/:ref', objectRoutes(deps.services));
  v1.use('/trackers/:id', trackerActionRoutes(deps.services));
  v1.use('/trackers', bulkTrackerRoutes(deps.services.trackers));
  v1.use('/users/:id', trackerRoutes(deps.services.trackers));
  v1.use('/objects/:ref/trackers', objectTrackerRoutes(deps.services.trackers));
  v1.use('/users/:id/feed', feedRoutes(deps.services));
  v1.use('/events', eventRoutes(deps.services));
  v1.use('/objects/:ref/events', objectEventRoutes(deps.services));
  v1.use('/users/:id/events', userEventRoutes(deps.services));
  v1.use('/dead-letters', deadLetterRoutes(deps.services.deadLetters));
  app.use('/v1', v1);

  deps.routes?.(app);
  app.use((request: Request) => {
    throw new HubError('not_found', `there is no ${request.method} ${request.path}`);
  });
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const thrown = fromBodyParser(error) ?? toHubError(error, deps.log);
    const refusal = refusalOfExtra(deps.visitors, request, thrown);
    const problem = toProblem(refusal);
    if (refusal.code === 'unauthenticated') response.set('WWW-Authenticate', 'Bearer');
    if (refusal.retryAfterMs !== undefined)
      response.set('Retry-After', String(Math.max(1, Math.ceil(refusal.retryAfterMs / 1_000))));
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

/** What express and its body parser refuse by themselves. */
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
  if (error instanceof URIError) return new HubError('invalid_input', 'the address is malformed');
  if (status === 400) return new HubError('invalid_input', 'the body cannot be read');
  return null;
}
