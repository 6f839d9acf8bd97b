import { z } from 'zod';
import {
  classRefResponse,
  pageOf,
  refResponse,
  trackerResponse,
  trackersResponse,
} from '../../protocol/schemas/responses.ts';
import {
  ownedQuery,
  trackersInput,
  trackersOfQuery,
  trackInput,
  untrackInput,
} from '../../protocol/schemas/trackers.ts';
import { bulkTrackersCost, page, perEntry } from '../limits/costs.ts';
import type { Operation, OperationResponse } from './operation.ts';

const ACCEPTED_DESCRIPTION = 'The newest items are already in the feed. The rest is added in the background.';
const COMPLETED_DESCRIPTION = 'With `wait`: the feed is up to date.';

const trackerResponses = (schema: OperationResponse['schema']): Operation['responses'] => ({
  200: { description: COMPLETED_DESCRIPTION, schema },
  202: { description: ACCEPTED_DESCRIPTION, schema },
});

export const trackerOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/users/:id/track',
    id: 'track',
    cost: perEntry('to'),
    tag: 'Trackers',
    summary: 'Follow objects or classes',
    description:
      'Creates trackers, or replaces all settings of existing ones. Adds past actions to the feed. Needs the scope `track` for yourself, else `service`.',
    body: trackInput,
    wait: true,
    responses: trackerResponses(trackersResponse),
    errors: ['gone', 'limit_reached'],
  },
  {
    method: 'post',
    path: '/v1/users/:id/untrack',
    id: 'untrack',
    cost: perEntry('from'),
    tag: 'Trackers',
    summary: 'Stop following',
    description:
      'With `verbs`, stops only those. The tracker is deleted if no verb is left, or without `verbs`. Removes items from the feed that match no other tracker. Returns the remaining ones of the named trackers.',
    body: untrackInput,
    wait: true,
    responses: trackerResponses(trackersResponse),
    errors: ['unprocessable'],
  },
  {
    method: 'post',
    path: '/v1/trackers',
    id: 'trackMany',
    cost: bulkTrackersCost,
    tag: 'Trackers',
    summary: 'Follow for many users at once',
    description:
      'Up to 1,000 `track` calls, each with its user. Applies all or none. Needs the scope `service`, unless all are for yourself.',
    body: trackersInput,
    wait: true,
    responses: trackerResponses(trackersResponse),
    errors: ['gone', 'limit_reached'],
  },
  {
    method: 'get',
    path: '/v1/users/:id/trackers',
    id: 'listTrackersOfUser',
    cost: page(1),
    tag: 'Trackers',
    summary: 'List the trackers of a user',
    query: ownedQuery,
    responses: { 200: { description: 'A page of trackers.', schema: pageOf(trackerResponse) } },
  },
  {
    method: 'get',
    path: '/v1/users/:id/tracked',
    id: 'listTrackedByUser',
    cost: page(1),
    tag: 'Trackers',
    summary: 'List the objects and classes that a user tracks',
    query: ownedQuery,
    responses: {
      200: {
        description: 'A page of refs and class refs.',
        schema: pageOf(z.union([refResponse, classRefResponse])),
      },
    },
  },
  {
    method: 'get',
    path: '/v1/objects/:ref/trackers',
    id: 'listTrackersOfObject',
    cost: page(1),
    tag: 'Objects',
    summary: 'List the trackers of an object or a class',
    query: trackersOfQuery,
    responses: { 200: { description: 'A page of trackers.', schema: pageOf(trackerResponse) } },
  },
  {
    method: 'get',
    path: '/v1/objects/:ref/trackers/users',
    id: 'listUsersTracking',
    cost: page(1),
    tag: 'Objects',
    summary: 'List the users who track an object or a class',
    query: trackersOfQuery,
    responses: { 200: { description: 'A page of users.', schema: pageOf(refResponse) } },
  },
];
