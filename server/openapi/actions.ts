import { z } from 'zod';
import { actionInput, batch } from '../../protocol/schemas/action.ts';
import { actionsQuery, objectActionsQuery } from '../../protocol/schemas/action-queries.ts';
import { locale } from '../../protocol/schemas/calls.ts';
import { renderInput } from '../../protocol/schemas/render.ts';
import {
  acceptedResponse,
  actionResponse,
  loggedResponse,
  pageOf,
  recalledResponse,
  renderedResponse,
} from '../../protocol/schemas/responses.ts';
import { call, logCost, page, perEntry } from '../limits/costs.ts';
import type { Operation } from './operation.ts';

export const actionOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/actions',
    id: 'logActions',
    cost: logCost,
    tag: 'Actions',
    summary: 'Log one action or a batch',
    description:
      'One action, or `{ "actions": [...] }`: a batch of at most 500. The hub accepts or rejects a batch as a whole. Undeclared keys go into `data`. Needs the scope `log` for your own actions, else `service`.',
    body: z.union([actionInput, z.strictObject({ actions: batch })]),
    wait: true,
    idempotent: true,
    responses: {
      200: { description: 'With `wait`: feeds are up to date.', schema: loggedResponse },
      202: {
        description: 'Accepted. No crash of a process can lose the actions.',
        schema: acceptedResponse,
      },
    },
    errors: ['key_conflict'],
  },
  {
    method: 'get',
    path: '/v1/actions/:id',
    id: 'getAction',
    cost: call(2),
    tag: 'Actions',
    summary: 'Get an action',
    description: 'The id of a grouped or combined action returns the action that it became part of.',
    query: z.strictObject({ locale: locale.optional() }),
    responses: { 200: { description: 'The action.', schema: actionResponse } },
    errors: ['not_found'],
  },
  {
    method: 'delete',
    path: '/v1/actions/:id',
    id: 'recallAction',
    cost: call(5),
    tag: 'Actions',
    summary: 'Recall an action',
    description:
      'Deletes the stored action that the id resolves to, with everything merged into it, also from feeds and counts. Needs the scope `service`.',
    wait: true,
    responses: {
      200: { description: 'With `wait`: the action has left every feed.', schema: recalledResponse },
      202: {
        description: 'The action is deleted. Feeds are updated in the background.',
        schema: recalledResponse,
      },
    },
    errors: ['not_found'],
  },
  {
    method: 'post',
    path: '/v1/actions/render',
    id: 'renderActions',
    cost: perEntry('ids'),
    tag: 'Actions',
    summary: 'Render texts and times of actions',
    description:
      'Returns results in the order of the ids. Marks the actions read for `user` (default: yourself) if `autoRead` is on or `force` is set.',
    body: renderInput,
    responses: { 200: { description: 'The rendered actions.', schema: z.array(renderedResponse) } },
    errors: ['not_found'],
  },
  {
    method: 'get',
    path: '/v1/actions',
    id: 'listActions',
    cost: page(2),
    tag: 'Actions',
    summary: 'List actions, newest first',
    description: '`since` and `until` limit the timestamp. Needs the scope `service`.',
    query: actionsQuery,
    responses: { 200: { description: 'A page of actions.', schema: pageOf(actionResponse) } },
  },
  {
    method: 'get',
    path: '/v1/objects/:ref/actions',
    id: 'listActionsOfObject',
    cost: page(2),
    tag: 'Objects',
    summary: 'List the actions of an object, newest first',
    description:
      '`as` selects the role of the object. Needs the scope `feed` and the object in `objects`, else `service`.',
    query: objectActionsQuery,
    responses: { 200: { description: 'A page of actions.', schema: pageOf(actionResponse) } },
  },
  {
    method: 'get',
    path: '/v1/trackers/:id/actions',
    id: 'listActionsOfTracker',
    cost: page(3),
    tag: 'Trackers',
    summary: 'List the actions that match a tracker, newest first',
    query: actionsQuery,
    responses: { 200: { description: 'A page of actions.', schema: pageOf(actionResponse) } },
    errors: ['not_found'],
  },
];
