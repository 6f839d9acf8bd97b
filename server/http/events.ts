import { type Request, Router } from 'express';
import { z } from 'zod';
import { isService, type Principal } from '../../core/access/principal.ts';
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
import { parseOrThrow } from '../error-mapping.ts';
import type { Services } from '../services.ts';
import { allowOnly } from './allowed-methods.ts';
import { principalOf } from './authenticate.ts';
import { readBody, readQuery, readRef, readUser } from './request-input.ts';

/** Below `/events`. */
export function eventRoutes({ events }: Services): Router {
  const router = Router();
  router.post('/', async (request, response) => {
    const principal = principalOf(request);
    const header = request.get('Idempotency-Key');
    const call = {
      input: parseOrThrow(eventInput, readBody(request)),
      request: requestFactsOf(request, principal),
      ...(header !== undefined && { key: parseOrThrow(key, header, 'Idempotency-Key') }),
    };
    response.status(201).json(await events.create(principal, call));
  });
  router.get('/', async (request, response) => {
    const query = parseOrThrow(eventsQuery, readQuery(request));
    response.json(await events.list(principalOf(request), query));
  });
  router.all('/', allowOnly('GET', 'POST'));
  return router;
}

/** Below `/objects/:ref/events`. */
export function objectEventRoutes({ events }: Services): Router {
  const router = Router({ mergeParams: true });
  router.get('/', async (request, response) => {
    const query = parseOrThrow(objectEventsQuery, readQuery(request));
    response.json(await events.ofObject(principalOf(request), readRef(request), query));
  });
  router.all('/', allowOnly('GET'));
  return router;
}

const noQuery = z.strictObject({});

/** Below `/users/:id/events`. */
export function userEventRoutes({ events }: Services): Router {
  const router = Router({ mergeParams: true });
  router.get('/latest', async (request, response) => {
    const { name } = parseOrThrow(latestQuery, readQuery(request));
    response.json(await events.latest(principalOf(request), readUser(request), name));
  });
  router.get('/stats', async (request, response) => {
    parseOrThrow(noQuery, readQuery(request));
    response.json(await events.stats(principalOf(request), readUser(request)));
  });
  router.all(['/latest', '/stats'], allowOnly('GET'));
  return router;
}

/** A backend describes the request of its own client in this header, as JSON in base64url. */
const REQUEST_HEADER = 'Hubbub-Request';

/** @throws HubError forbidden, invalid_input */
function requestFactsOf(request: Request, principal: Principal): RequestFacts {
  const header = request.get(REQUEST_HEADER);
  if (header === undefined) {
    return {
      method: request.method,
      path: request.originalUrl.split('?', 1)[0] ?? '',
      address: request.ip ?? null,
      agent: request.get('User-Agent') ?? null,
    };
  }
  if (!isService(principal))
    throw forbidden('only the service scope may describe the request of another client', REQUEST_HEADER);
  return parseOrThrow(requestFacts, decodeHeader(header), REQUEST_HEADER);
}

/** Returns `undefined`, which no schema accepts, if the header is malformed. */
function decodeHeader(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
