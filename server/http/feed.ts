import { Router } from 'express';
import type { Mark } from '../../core/ports/stores.ts';
import { changesQuery, feedQuery, markInput } from '../../protocol/schemas/calls.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { Services } from '../services.ts';
import { allowOnly } from './allowed-methods.ts';
import { principalOf } from './authenticate.ts';
import { readBody, readLocalizedQuery, readUser, readWait } from './request-input.ts';

/** Below `/users/:id/feed`. */
export function feedRoutes(services: Services): Router {
  const router = Router({ mergeParams: true });
  router.get('/', async (request, response) => {
    const query = parseOrThrow(feedQuery, readLocalizedQuery(request));
    response.json(await services.list(principalOf(request), readUser(request), query));
  });
  router.get('/changes', async (request, response) => {
    const query = parseOrThrow(changesQuery, readLocalizedQuery(request));
    response.json(await services.changes(principalOf(request), readUser(request), query));
  });
  router.get('/counts', async (request, response) => {
    response.json(await services.counts(principalOf(request), readUser(request)));
  });
  for (const mark of ['read', 'unread', 'seen'] as const satisfies readonly Mark[]) {
    router.post(`/${mark}`, async (request, response) => {
      // Marks are applied before the response, so `wait` is accepted but has no effect.
      readWait(request);
      const call = {
        user: readUser(request),
        mark,
        input: parseOrThrow(markInput, readBody(request)),
        origin: null,
      };
      response.json(await services.mark(principalOf(request), call));
    });
    router.all(`/${mark}`, allowOnly('POST'));
  }
  router.all(['/', '/changes', '/counts'], allowOnly('GET'));
  return router;
}
