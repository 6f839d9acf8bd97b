import { Router } from 'express';
import { trackInput, untrackInput } from '../../protocol/schemas/calls.ts';
import { parsed } from '../refusal.ts';
import type { Services } from '../services.ts';
import { principalOf } from './authenticate.ts';
import { only } from './methods.ts';
import { readBody, readUser, readWait } from './query.ts';

/** Below `/users/:id`. */
export function trackerRoutes(services: Services): Router {
  const router = Router({ mergeParams: true });
  router.post('/track', async (request, response) => {
    readWait(request);
    const input = parsed(trackInput, readBody(request));
    response.json(await services.track(principalOf(request), readUser(request), input));
  });
  router.post('/untrack', async (request, response) => {
    readWait(request);
    const input = parsed(untrackInput, readBody(request));
    response.json(await services.untrack(principalOf(request), readUser(request), input));
  });
  router.all(['/track', '/untrack'], only('POST'));
  return router;
}
