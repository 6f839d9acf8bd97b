import { Router } from 'express';
import { actionsQuery } from '../../protocol/schemas/action-queries.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { Services } from '../services.ts';
import { allowOnly } from './allowed-methods.ts';
import { principalOf } from './authenticate.ts';
import { readLocalizedQuery, readTracker } from './request-input.ts';

/** Below `/trackers/:id`. */
export function trackerActionRoutes(services: Services): Router {
  const router = Router({ mergeParams: true });
  router.get('/actions', async (request, response) => {
    const query = parseOrThrow(actionsQuery, readLocalizedQuery(request));
    response.json(await services.trackerActions(principalOf(request), readTracker(request), query));
  });
  router.all('/actions', allowOnly('GET'));
  return router;
}
