import { type Request, Router } from 'express';
import { deadLetterId, deadLettersQuery } from '../../protocol/schemas/dead-letters.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { DeadLetterServices } from '../services/dead-letters.ts';
import { allowOnly } from './allowed-methods.ts';
import { principalOf } from './authenticate.ts';
import { readQuery } from './request-input.ts';

const readId = (request: Request): string => parseOrThrow(deadLetterId, request.params.id, 'id');

/** Below `/dead-letters`. */
export function deadLetterRoutes(services: DeadLetterServices): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const query = parseOrThrow(deadLettersQuery, readQuery(request));
    response.json(await services.list(principalOf(request), query));
  });
  router.post('/:id/retry', async (request, response) => {
    response.status(202).json(await services.retry(principalOf(request), readId(request)));
  });
  router.delete('/:id', async (request, response) => {
    response.json(await services.discard(principalOf(request), readId(request)));
  });
  router.all('/', allowOnly('GET'));
  router.all('/:id/retry', allowOnly('POST'));
  router.all('/:id', allowOnly('DELETE'));
  return router;
}
