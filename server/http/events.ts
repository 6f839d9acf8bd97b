import { type Request, Router } from 'express';
import { z } from 'zod';
import { isService, type Principal } from '../../core/access.ts';
import { forbidden } from '../../core/errors.ts';
import type { RequestFacts } from '../../core/ports/event-log.ts';
import { key } from '../../protocol/schemas/action.ts';
import {
  eventInput,
  eventsQuery,
  latestQuery,
  objectEventsQuery,
  requestFacts,
} from '../../protocol/schemas/events.ts';
import { parsed } from '../refusal.ts';
import type { Services } from '../services.ts';
import { principalOf } from './authenticate.ts';
import { only } from './methods.ts';
import { readBody, readQuery, readRef, readUser } from './query.ts';

/** Below `/events`. */
export function eventRoutes({ events }: Services): Router {
  const router = Router();
  router.post('/', async (request, response) => {
    const principal = principalOf(request);
    const header = request.get('Idempotency-Key');
    const call = {
      input: parsed(eventInput, readBody(request)),
      request: factsOf(request, principal),
      ...(header !== undefined && { key: parsed(key, header, 'Idempotency-Key') }),
    };
    response.status(201).json(await events.create(principal, call));
  });
  router.get('/', async (request, response) => {
    const query = parsed(eventsQuery, readQuery(request));
    response.json(await events.list(principalOf(request), query));
  });
  router.all('/', only('GET', 'POST'));
  return router;
}

/** Below `/objects/:ref/events`. */
export function objectEventRoutes({ events }: Services): Router {
  const router = Router({ mergeParams: true });
  router.get('/', async (request, response) => {
    const query = parsed(objectEventsQuery, readQuery(request));
    response.json(await events.ofObject(principalOf(request), readRef(request), query));
  });
  router.all('/', only('GET'));
  return router;
}

const noQuery = z.strictObject({});

/** Below `/users/:id/events`. */
export function userEventRoutes({ events }: Services): Router {
  const router = Router({ mergeParams: true });
  router.get('/latest', async (request, response) => {
    const { name } = parsed(latestQuery, readQuery(request));
    response.json(await events.latest(principalOf(request), readUser(request), name));
  });
  router.get('/stats', async (request, response) => {
    parsed(noQuery, readQuery(request));
    response.json(await events.stats(principalOf(request), readUser(request)));
  });
  router.all(['/latest', '/stats'], only('GET'));
  return router;
}

/** Names the request that an event is about, where a backend tells of somebody else's: JSON in base64url. */
const TOLD = 'Hubbub-Request';

/** @throws HubError forbidden, invalid_input */
function factsOf(request: Request, principal: Principal): RequestFacts {
  const told = request.get(TOLD);
  if (told === undefined) {
    return {
      method: request.method,
      path: request.originalUrl.split('?', 1)[0] ?? '',
      address: request.ip ?? null,
      agent: request.get('User-Agent') ?? null,
    };
  }
  if (!isService(principal)) throw forbidden('only the service scope tells of the requests of others', TOLD);
  return parsed(requestFacts, decoded(told), TOLD);
}

/** `undefined`, which no schema takes, where it is not what it should be. */
function decoded(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
