import { type Request, Router } from 'express';
import type { LogRequest } from '../../core/log.ts';
import { atOnce } from '../../core/ports/steps.ts';
import { actionsQuery } from '../../protocol/schemas/accessors.ts';
import { actionInput, key } from '../../protocol/schemas/action.ts';
import { renderInput } from '../../protocol/schemas/render.ts';
import { isLarge, readBatchBody } from '../batches.ts';
import { parsed } from '../refusal.ts';
import type { Services } from '../services.ts';
import { principalOf } from './authenticate.ts';
import { only } from './methods.ts';
import { prefersLocale, readBody, readLocale, readLocalized, readWait } from './query.ts';

/** `{ "actions": [...] }` is a batch; anything else is one action. */
async function readRequest(request: Request, services: Services): Promise<LogRequest> {
  const body = readBody(request);
  const header = request.get('Idempotency-Key');
  const of = header === undefined ? {} : { key: parsed(key, header, 'Idempotency-Key') };
  const isBatch = typeof body === 'object' && body !== null && 'actions' in body && !('verb' in body);
  if (!isBatch) return { ...of, batch: false, actions: [parsed(actionInput, body)] };
  const steps = readBatchBody(body);
  const actions = isLarge(body.actions) ? await services.inSteps(principalOf(request), steps) : atOnce(steps);
  return { ...of, batch: true, actions };
}

export function actionRoutes(services: Services): Router {
  const router = Router();
  router.post('/', async (request, response) => {
    const wait = readWait(request);
    const answer = await services.log(
      principalOf(request),
      await readRequest(request, services),
      wait,
      prefersLocale(request),
    );
    response.status(answer.results ? 200 : 202).json(answer);
  });
  router.get('/', async (request, response) => {
    const query = parsed(actionsQuery, readLocalized(request));
    response.json(await services.actions(principalOf(request), query));
  });
  router.post('/render', async (request, response) => {
    const input = parsed(renderInput, readBody(request));
    const locale = input.locale ?? prefersLocale(request);
    response.json(await services.render(principalOf(request), { ...input, locale }));
  });
  router.all('/render', only('POST'));
  router.get('/:id', async (request, response) => {
    const locale = readLocale(request);
    response.json(await services.action(principalOf(request), request.params.id, locale));
  });
  router.delete('/:id', async (request, response) => {
    const wait = readWait(request);
    const { answer, done } = await services.deletions.recall(principalOf(request), request.params.id, wait);
    response.status(done ? 200 : 202).json(answer);
  });
  router.all('/', only('GET', 'POST'));
  router.all('/:id', only('GET', 'DELETE'));
  return router;
}
