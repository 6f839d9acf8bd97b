import { z } from 'zod';
import {
  classRefAnswer,
  pageOf,
  refAnswer,
  trackerAnswer,
  trackersAnswer,
} from '../../protocol/schemas/answers.ts';
import {
  ownedQuery,
  trackersInput,
  trackersOfQuery,
  trackInput,
  untrackInput,
} from '../../protocol/schemas/trackers.ts';
import { bulkTrackers, page, perEntry } from '../limits/costs.ts';
import type { Answered, Operation } from './operation.ts';

const NOW = 'The feed is brought up to date in the background; the newest items are there already.';
const WAITED = 'With `wait`: the feed is up to date.';

const both = (schema: Answered['schema']): Operation['answers'] => ({
  200: { description: WAITED, schema },
  202: { description: NOW, schema },
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
      'Creates trackers, or replaces all settings of those that exist. Brings past actions into the feed. Needs the scope `track` for oneself, else `service`.',
    body: trackInput,
    wait: true,
    answers: both(trackersAnswer),
    refusals: ['gone', 'limit_reached'],
  },
  {
    method: 'post',
    path: '/v1/users/:id/untrack',
    id: 'untrack',
    cost: perEntry('from'),
    tag: 'Trackers',
    summary: 'Stop following',
    description:
      'With `verbs`, stops those only; when none is left, or without `verbs`, the tracker goes. Takes out of the feed what nothing else holds. Answers what is left of the trackers named.',
    body: untrackInput,
    wait: true,
    answers: both(trackersAnswer),
    refusals: ['unprocessable'],
  },
  {
    method: 'post',
    path: '/v1/trackers',
    id: 'trackMany',
    cost: bulkTrackers,
    tag: 'Trackers',
    summary: 'Follow for many users at once',
    description:
      'Up to 1,000 calls of `track`, each with its user, done whole or not at all. Needs the scope `service`, unless all are for oneself.',
    body: trackersInput,
    wait: true,
    answers: both(trackersAnswer),
    refusals: ['gone', 'limit_reached'],
  },
  {
    method: 'get',
    path: '/v1/users/:id/trackers',
    id: 'listTrackersOfUser',
    cost: page(1),
    tag: 'Trackers',
    summary: 'Trackers a user owns',
    query: ownedQuery,
    answers: { 200: { description: 'A page of trackers.', schema: pageOf(trackerAnswer) } },
  },
  {
    method: 'get',
    path: '/v1/users/:id/tracked',
    id: 'listTrackedByUser',
    cost: page(1),
    tag: 'Trackers',
    summary: 'Objects and classes a user tracks',
    query: ownedQuery,
    answers: {
      200: { description: 'A page of them.', schema: pageOf(z.union([refAnswer, classRefAnswer])) },
    },
  },
  {
    method: 'get',
    path: '/v1/objects/:ref/trackers',
    id: 'listTrackersOfObject',
    cost: page(1),
    tag: 'Objects',
    summary: 'Trackers of an object or a class',
    query: trackersOfQuery,
    answers: { 200: { description: 'A page of trackers.', schema: pageOf(trackerAnswer) } },
  },
  {
    method: 'get',
    path: '/v1/objects/:ref/trackers/users',
    id: 'listUsersTracking',
    cost: page(1),
    tag: 'Objects',
    summary: 'Users who track an object or a class',
    query: trackersOfQuery,
    answers: { 200: { description: 'A page of users.', schema: pageOf(refAnswer) } },
  },
];
