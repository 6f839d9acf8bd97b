import { Router } from 'express';
import { actionsQuery } from '../../protocol/schemas/accessors.ts';
import { parsed } from '../refusal.ts';
import type { Services } from '../services.ts';
import { principalOf } from './authenticate.ts';
import { only } from './methods.ts';
import { readLocalized, readTracker } from './query.ts';

/** Below `/trackers/:id`. */
export function trackerActionRoutes(services: Services): Router {
  const router = Router({ mergeParams: true });
  router.get('/actions', async (request, response) => {
    const query = parsed(actionsQuery, readLocalized(request));
    response.json(await services.trackerActions(principalOf(request), readTracker(request), query));
  });
  router.all('/actions', only('GET'));
  return router;
}
