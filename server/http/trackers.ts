import { type Response, Router } from 'express';
import {
  ownedQuery,
  trackersInput,
  trackersOfQuery,
  trackInput,
  untrackInput,
} from '../../protocol/schemas/trackers.ts';
import { parsed } from '../refusal.ts';
import type { Settling, TrackerServices } from '../services/trackers.ts';
import { principalOf } from './authenticate.ts';
import { only } from './methods.ts';
import { readBody, readQuery, readTracked, readUser, readWait } from './query.ts';

const answer = (response: Response, { answer: body, settled }: Settling): void =>
  void response.status(settled ? 200 : 202).json(body);

/** Below `/users/:id`. */
export function trackerRoutes(services: TrackerServices): Router {
  const router = Router({ mergeParams: true });
  router.post('/track', async (request, response) => {
    const wait = readWait(request);
    const input = parsed(trackInput, readBody(request));
    answer(response, await services.track(principalOf(request), readUser(request), input, wait));
  });
  router.post('/untrack', async (request, response) => {
    const wait = readWait(request);
    const input = parsed(untrackInput, readBody(request));
    answer(response, await services.untrack(principalOf(request), readUser(request), input, wait));
  });
  router.get('/trackers', async (request, response) => {
    const query = parsed(ownedQuery, readQuery(request));
    response.json(await services.owned(principalOf(request), readUser(request), query));
  });
  router.get('/tracked', async (request, response) => {
    const query = parsed(ownedQuery, readQuery(request));
    response.json(await services.tracked(principalOf(request), readUser(request), query));
  });
  router.all(['/track', '/untrack'], only('POST'));
  router.all(['/trackers', '/tracked'], only('GET'));
  return router;
}

/** Below `/trackers`. */
export function bulkTrackerRoutes(services: TrackerServices): Router {
  const router = Router();
  router.post('/', async (request, response) => {
    const wait = readWait(request);
    const input = parsed(trackersInput, readBody(request));
    answer(response, await services.trackMany(principalOf(request), input, wait));
  });
  router.all('/', only('POST'));
  return router;
}

/** Below `/objects/:ref/trackers`. */
export function objectTrackerRoutes(services: TrackerServices): Router {
  const router = Router({ mergeParams: true });
  router.get('/', async (request, response) => {
    const query = parsed(trackersOfQuery, readQuery(request));
    response.json(await services.of(principalOf(request), readTracked(request), query));
  });
  router.get('/users', async (request, response) => {
    const query = parsed(trackersOfQuery, readQuery(request));
    response.json(await services.usersOf(principalOf(request), readTracked(request), query));
  });
  router.all(['/', '/users'], only('GET'));
  return router;
}
