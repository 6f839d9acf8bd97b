import { type Request, Router } from 'express';
import { deadLetterId, deadLettersQuery } from '../../protocol/schemas/dead-letters.ts';
import { parsed } from '../refusal.ts';
import type { DeadLetterServices } from '../services/dead-letters.ts';
import { principalOf } from './authenticate.ts';
import { only } from './methods.ts';
import { readQuery } from './query.ts';

const readId = (request: Request): string => parsed(deadLetterId, request.params.id, 'id');

/** Below `/dead-letters`. */
export function deadLetterRoutes(services: DeadLetterServices): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const query = parsed(deadLettersQuery, readQuery(request));
    response.json(await services.list(principalOf(request), query));
  });
  router.post('/:id/retry', async (request, response) => {
    response.status(202).json(await services.retry(principalOf(request), readId(request)));
  });
  router.delete('/:id', async (request, response) => {
    response.json(await services.discard(principalOf(request), readId(request)));
  });
  router.all('/', only('GET'));
  router.all('/:id/retry', only('POST'));
  router.all('/:id', only('DELETE'));
  return router;
}
