import { Router } from 'express';
import { objectActionsQuery } from '../../protocol/schemas/accessors.ts';
import { deletionInput } from '../../protocol/schemas/deletion.ts';
import { parsed } from '../refusal.ts';
import type { Services } from '../services.ts';
import { principalOf } from './authenticate.ts';
import { only } from './methods.ts';
import { readLocalized, readRef, readWait } from './query.ts';

/** Below `/objects/:ref`. */
export function objectRoutes(services: Services): Router {
  const router = Router({ mergeParams: true });
  router.get('/actions', async (request, response) => {
    const query = parsed(objectActionsQuery, readLocalized(request));
    response.json(await services.objectActions(principalOf(request), readRef(request), query));
  });
  router.post('/deleted', async (request, response) => {
    const wait = readWait(request);
    // Nothing needs to be said of it.
    const input = parsed(deletionInput, request.body ?? {});
    const principal = principalOf(request);
    const { answer, done } = await services.deletions.deleteObject(principal, readRef(request), input, wait);
    response.status(done ? 200 : 202).json(answer);
  });
  router.all('/actions', only('GET'));
  router.all('/deleted', only('POST'));
  return router;
}
