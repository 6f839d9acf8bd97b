import { Router } from 'express';
import type { Mark } from '../../core/ports/stores.ts';
import { changesQuery, feedQuery, markInput } from '../../protocol/schemas/calls.ts';
import { parsed } from '../refusal.ts';
import type { Services } from '../services.ts';
import { principalOf } from './authenticate.ts';
import { only } from './methods.ts';
import { readBody, readLocalized, readUser, readWait } from './query.ts';

/** Below `/users/:id/feed`. */
export function feedRoutes(services: Services): Router {
  const router = Router({ mergeParams: true });
  router.get('/', async (request, response) => {
    const query = parsed(feedQuery, readLocalized(request));
    response.json(await services.list(principalOf(request), readUser(request), query));
  });
  router.get('/changes', async (request, response) => {
    const query = parsed(changesQuery, readLocalized(request));
    response.json(await services.changes(principalOf(request), readUser(request), query));
  });
  router.get('/counts', async (request, response) => {
    response.json(await services.counts(principalOf(request), readUser(request)));
  });
  for (const mark of ['read', 'unread', 'seen'] as const satisfies readonly Mark[]) {
    router.post(`/${mark}`, async (request, response) => {
      // Marks are always done when they are answered; `wait` changes nothing but is understood.
      readWait(request);
      const call = {
        user: readUser(request),
        mark,
        input: parsed(markInput, readBody(request)),
        origin: null,
      };
      response.json(await services.mark(principalOf(request), call));
    });
    router.all(`/${mark}`, only('POST'));
  }
  router.all(['/', '/changes', '/counts'], only('GET'));
  return router;
}
