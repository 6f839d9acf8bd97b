import { Router } from 'express';
import { objectActionsQuery } from '../../protocol/schemas/action-queries.ts';
import { deletionInput } from '../../protocol/schemas/deletion.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { Services } from '../services.ts';
import { allowOnly } from './allowed-methods.ts';
import { principalOf } from './authenticate.ts';
import { readLocalizedQuery, readRef, readWait } from './request-input.ts';

/** Below `/objects/:ref`. */
export function objectRoutes(services: Services): Router {
  const router = Router({ mergeParams: true });
  router.get('/actions', async (request, response) => {
    const query = parseOrThrow(objectActionsQuery, readLocalizedQuery(request));
    response.json(await services.objectActions(principalOf(request), readRef(request), query));
  });
  router.post('/deleted', async (request, response) => {
    const wait = readWait(request);
    // The body is optional.
    const input = parseOrThrow(deletionInput, request.body ?? {});
    const principal = principalOf(request);
    const { response: tombstone, completed } = await services.deletions.deleteObject(
      principal,
      readRef(request),
      input,
      wait,
    );
    response.status(completed ? 200 : 202).json(tombstone);
  });
  router.all('/actions', allowOnly('GET'));
  router.all('/deleted', allowOnly('POST'));
  return router;
}
