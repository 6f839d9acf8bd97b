import { z } from 'zod';
import { userIdOf } from '../../core/access/users.ts';
import { trackerActions } from '../../core/actions/list.ts';
import { ownedTrackers, trackedObjects } from '../../core/trackers/list.ts';
import { track } from '../../core/trackers/track.ts';
import { untrack } from '../../core/trackers/untrack.ts';
import { actionsQuery } from '../../protocol/schemas/action-queries.ts';
import {
  actionResponse,
  classRefResponse,
  pageOf,
  refResponse,
  trackerResponse,
  trackersResponse,
} from '../../protocol/schemas/responses.ts';
import { ownedQuery, trackersInput, trackInput, untrackInput } from '../../protocol/schemas/trackers.ts';
import { bulkTrackersCost, page, perEntry } from '../limits/costs.ts';
import { own } from './access.ts';
import { subject } from './examples.ts';
import { defineOperation, type Operation, withTag } from './operation.ts';
import { trackerParameter, userParameter } from './path-parameters.ts';
import { changeTrackers } from './wait.ts';

const responses: Operation['responses'] = {
  200: { description: 'With `wait`: the feed is up to date.', schema: trackersResponse },
  202: {
    description: 'The newest items are already in the feed. The rest is added in the background.',
    schema: trackersResponse,
  },
};

export const trackerOperations = withTag('Trackers', [
  defineOperation({
    method: 'post',
    path: '/v1/users/:id/track',
    id: 'track',
    cost: perEntry('to'),
    summary: 'Track objects or classes',
    description:
      'Creates trackers, or replaces all settings of existing ones. Adds past actions to the feed. Needs the scope `track` for yourself, else `service`.',
    access: { ...own('track'), names: true },
    parameters: userParameter,
    body: trackInput,
    example: { body: { to: subject.object } },
    wait: true,
    responses,
    errors: ['gone', 'limit_reached'],
    socket: {
      event: 'track',
      namesUser: true,
      describes: [
        'as the HTTP body',
        '`{ trackers }`',
        'Tracks objects for yourself, or for `user` with the service scope.',
      ],
    },
    run: (caller, { user, body: input }) =>
      changeTrackers(caller, () =>
        track(caller.services.deps, caller.principal, [{ user, input, pathPrefix: '' }]),
      ),
  }),
  defineOperation({
    method: 'post',
    path: '/v1/users/:id/untrack',
    id: 'untrack',
    cost: perEntry('from'),
    summary: 'Stop tracking',
    description:
      'With `verbs`, stops only those. The tracker is deleted if no verb is left, or without `verbs`. Removes items from the feed that match no other tracker. Returns the remaining ones of the named trackers.',
    access: own('track'),
    parameters: userParameter,
    body: untrackInput,
    example: { body: { from: subject.object } },
    wait: true,
    responses,
    errors: ['unprocessable'],
    socket: {
      event: 'untrack',
      namesUser: true,
      describes: ['as the HTTP body', '`{ trackers }`', 'Stops tracking.'],
    },
    run: (caller, { user, body }) =>
      changeTrackers(caller, () => untrack(caller.services.deps, caller.principal, user, body)),
  }),
  defineOperation({
    method: 'post',
    path: '/v1/trackers',
    id: 'trackMany',
    cost: bulkTrackersCost,
    summary: 'Track for many users at once',
    description:
      'Up to 1,000 `track` calls, each with its user. Applies all or none. Needs the scope `service`, unless all are for yourself.',
    access: { ...own('track'), names: true },
    body: trackersInput,
    example: { body: { trackers: [{ user: subject.user, to: subject.object }] } },
    wait: true,
    responses,
    errors: ['gone', 'limit_reached'],
    run(caller, { body }) {
      const { deps } = caller.services;
      const calls = body.trackers.map(({ user, ...input }, index) => {
        const pathPrefix = `trackers[${index}].`;
        return { user: userIdOf(user, deps.settings, `${pathPrefix}user`), input, pathPrefix };
      });
      return changeTrackers(caller, () => track(deps, caller.principal, calls));
    },
  }),
  defineOperation({
    method: 'get',
    path: '/v1/users/:id/trackers',
    id: 'listTrackersOfUser',
    cost: page(1),
    summary: 'List the trackers of a user',
    access: own('track'),
    parameters: userParameter,
    query: ownedQuery,
    responses: { 200: { description: 'A page of trackers.', schema: pageOf(trackerResponse) } },
    run: ({ services, principal }, { user, query }) => ownedTrackers(services.deps, principal, user, query),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/users/:id/tracked',
    id: 'listTrackedByUser',
    cost: page(1),
    summary: 'List the objects and classes that a user tracks',
    access: own('track'),
    parameters: userParameter,
    query: ownedQuery,
    responses: {
      200: {
        description: 'A page of refs and class refs.',
        schema: pageOf(z.union([refResponse, classRefResponse])),
      },
    },
    run: ({ services, principal }, { user, query }) => trackedObjects(services.deps, principal, user, query),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/trackers/:id/actions',
    id: 'listActionsOfTracker',
    cost: page(3),
    summary: 'List the actions that match a tracker, newest first',
    access: own('track', 'feed'),
    parameters: trackerParameter,
    query: actionsQuery,
    responses: { 200: { description: 'A page of actions.', schema: pageOf(actionResponse) } },
    errors: ['not_found'],
    run: ({ services, principal }, { id, query }) => trackerActions(services.deps, principal, id, query),
  }),
]);
