import { type Request, Router } from 'express';
import type { LogRequest } from '../../core/actions/accept.ts';
import { runToCompletion } from '../../core/ports/steps.ts';
import { actionInput, key } from '../../protocol/schemas/action.ts';
import { actionsQuery } from '../../protocol/schemas/action-queries.ts';
import { renderInput } from '../../protocol/schemas/render.ts';
import { isLargeBatch, readBatchBody } from '../batch-reader.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { Services } from '../services.ts';
import { allowOnly } from './allowed-methods.ts';
import { principalOf } from './authenticate.ts';
import { readBody, readLocale, readLocalizedQuery, readWait, requestLocale } from './request-input.ts';

/** `{ "actions": [...] }` is a batch; anything else is one action. */
async function readRequest(request: Request, services: Services): Promise<LogRequest> {
  const body = readBody(request);
  const header = request.get('Idempotency-Key');
  const idempotency = header === undefined ? {} : { key: parseOrThrow(key, header, 'Idempotency-Key') };
  const isBatch = typeof body === 'object' && body !== null && 'actions' in body && !('verb' in body);
  if (!isBatch) return { ...idempotency, batch: false, actions: [parseOrThrow(actionInput, body)] };
  const steps = readBatchBody(body);
  const actions = isLargeBatch(body.actions)
    ? await services.inSteps(principalOf(request), steps)
    : runToCompletion(steps);
  return { ...idempotency, batch: true, actions };
}

export function actionRoutes(services: Services): Router {
  const router = Router();
  router.post('/', async (request, response) => {
    const wait = readWait(request);
    const logged = await services.log(
      principalOf(request),
      await readRequest(request, services),
      wait,
      requestLocale(request),
    );
    response.status(logged.results ? 200 : 202).json(logged);
  });
  router.get('/', async (request, response) => {
    const query = parseOrThrow(actionsQuery, readLocalizedQuery(request));
    response.json(await services.actions(principalOf(request), query));
  });
  router.post('/render', async (request, response) => {
    const input = parseOrThrow(renderInput, readBody(request));
    const locale = input.locale ?? requestLocale(request);
    response.json(await services.render(principalOf(request), { ...input, locale }));
  });
  router.all('/render', allowOnly('POST'));
  router.get('/:id', async (request, response) => {
    const locale = readLocale(request);
    response.json(await services.action(principalOf(request), request.params.id, locale));
  });
  router.delete('/:id', async (request, response) => {
    const wait = readWait(request);
    const { response: recalled, completed } = await services.deletions.recall(
      principalOf(request),
      request.params.id,
      wait,
    );
    response.status(completed ? 200 : 202).json(recalled);
  });
  router.all('/', allowOnly('GET', 'POST'));
  router.all('/:id', allowOnly('GET', 'DELETE'));
  return router;
}
