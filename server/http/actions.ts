import { type Request, Router } from 'express';
import { z } from 'zod';
import type { LogRequest } from '../../core/log.ts';
import { actionInput, batch, key } from '../../protocol/schemas/action.ts';
import { parsed } from '../refusal.ts';
import type { Services } from '../services.ts';
import { principalOf } from './authenticate.ts';
import { only } from './methods.ts';
import { readBody, readWait } from './query.ts';

const batchBody = z.strictObject({ actions: batch });

/** `{ "actions": [...] }` is a batch; anything else is one action. */
function readRequest(request: Request): LogRequest {
  const body = readBody(request);
  const header = request.get('Idempotency-Key');
  const of = header === undefined ? {} : { key: parsed(key, header, 'Idempotency-Key') };
  const isBatch = typeof body === 'object' && body !== null && 'actions' in body && !('verb' in body);
  if (isBatch) return { ...of, batch: true, actions: parsed(batchBody, body).actions };
  return { ...of, batch: false, actions: [parsed(actionInput, body)] };
}

export function actionRoutes(services: Services): Router {
  const router = Router();
  router.post('/', async (request, response) => {
    const wait = readWait(request);
    const answer = await services.log(principalOf(request), readRequest(request), wait);
    response.status(answer.results ? 200 : 202).json(answer);
  });
  router.get('/:id', async (request, response) => {
    response.json(await services.action(principalOf(request), request.params.id));
  });
  router.all('/', only('POST'));
  router.all('/:id', only('GET'));
  return router;
}
