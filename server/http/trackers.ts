import { type Response, Router } from 'express';
import {
  ownedQuery,
  trackersInput,
  trackersOfQuery,
  trackInput,
  untrackInput,
} from '../../protocol/schemas/trackers.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { TrackerServices, TrackersResult } from '../services/trackers.ts';
import { allowOnly } from './allowed-methods.ts';
import { principalOf } from './authenticate.ts';
import { readBody, readQuery, readTracked, readUser, readWait } from './request-input.ts';

const sendTrackers = (response: Response, { response: body, completed }: TrackersResult): void =>
  void response.status(completed ? 200 : 202).json(body);

/** Below `/users/:id`. */
export function trackerRoutes(services: TrackerServices): Router {
  const router = Router({ mergeParams: true });
  router.post('/track', async (request, response) => {
    const wait = readWait(request);
    const input = parseOrThrow(trackInput, readBody(request));
    sendTrackers(response, await services.track(principalOf(request), readUser(request), input, wait));
  });
  router.post('/untrack', async (request, response) => {
    const wait = readWait(request);
    const input = parseOrThrow(untrackInput, readBody(request));
    sendTrackers(response, await services.untrack(principalOf(request), readUser(request), input, wait));
  });
  router.get('/trackers', async (request, response) => {
    const query = parseOrThrow(ownedQuery, readQuery(request));
    response.json(await services.owned(principalOf(request), readUser(request), query));
  });
  router.get('/tracked', async (request, response) => {
    const query = parseOrThrow(ownedQuery, readQuery(request));
    response.json(await services.tracked(principalOf(request), readUser(request), query));
  });
  router.all(['/track', '/untrack'], allowOnly('POST'));
  router.all(['/trackers', '/tracked'], allowOnly('GET'));
  return router;
}

/** Below `/trackers`. */
export function bulkTrackerRoutes(services: TrackerServices): Router {
  const router = Router();
  router.post('/', async (request, response) => {
    const wait = readWait(request);
    const input = parseOrThrow(trackersInput, readBody(request));
    sendTrackers(response, await services.trackMany(principalOf(request), input, wait));
  });
  router.all('/', allowOnly('POST'));
  return router;
}

/** Below `/objects/:ref/trackers`. */
export function objectTrackerRoutes(services: TrackerServices): Router {
  const router = Router({ mergeParams: true });
  router.get('/', async (request, response) => {
    const query = parseOrThrow(trackersOfQuery, readQuery(request));
    response.json(await services.ofObject(principalOf(request), readTracked(request), query));
  });
  router.get('/users', async (request, response) => {
    const query = parseOrThrow(trackersOfQuery, readQuery(request));
    response.json(await services.usersTracking(principalOf(request), readTracked(request), query));
  });
  router.all(['/', '/users'], allowOnly('GET'));
  return router;
}
