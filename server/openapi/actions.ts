import { z } from 'zod';
import { actionsQuery, objectActionsQuery } from '../../protocol/schemas/accessors.ts';
import { actionInput, batch } from '../../protocol/schemas/action.ts';
import {
  acceptedAnswer,
  actionAnswer,
  loggedAnswer,
  pageOf,
  recalledAnswer,
  renderedAnswer,
} from '../../protocol/schemas/answers.ts';
import { locale } from '../../protocol/schemas/calls.ts';
import { renderInput } from '../../protocol/schemas/render.ts';
import { call, logged, page, perEntry } from '../limits/costs.ts';
import type { Operation } from './operation.ts';

export const actionOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/actions',
    id: 'logActions',
    cost: logged,
    tag: 'Actions',
    summary: 'Log one action or a batch',
    description:
      'One action, or `{ "actions": [...] }`: a batch of at most 500, accepted or refused whole. Keys that are not declared go into `data`. Needs the scope `log` for actions of oneself, else `service`.',
    body: z.union([actionInput, z.strictObject({ actions: batch })]),
    wait: true,
    idempotent: true,
    answers: {
      200: { description: 'With `wait`: feeds are up to date.', schema: loggedAnswer },
      202: {
        description: 'Accepted: the death of any process can no longer lose it.',
        schema: acceptedAnswer,
      },
    },
    refusals: ['key_conflict'],
  },
  {
    method: 'get',
    path: '/v1/actions/:id',
    id: 'getAction',
    cost: call(2),
    tag: 'Actions',
    summary: 'An action',
    description: 'The id of an action that was grouped or combined leads to the one it became part of.',
    query: z.strictObject({ locale: locale.optional() }),
    answers: { 200: { description: 'The action.', schema: actionAnswer } },
    refusals: ['not_found'],
  },
  {
    method: 'delete',
    path: '/v1/actions/:id',
    id: 'recallAction',
    cost: call(5),
    tag: 'Actions',
    summary: 'Take an action back',
    description:
      'The stored action that the id leads to goes, whole, from feeds and counts too. Needs the scope `service`.',
    wait: true,
    answers: {
      200: { description: 'With `wait`: it is gone from every feed.', schema: recalledAnswer },
      202: { description: 'It is gone; feeds follow.', schema: recalledAnswer },
    },
    refusals: ['not_found'],
  },
  {
    method: 'post',
    path: '/v1/actions/render',
    id: 'renderActions',
    cost: perEntry('ids'),
    tag: 'Actions',
    summary: 'Texts and times of actions, for a page of your own',
    description:
      'In the order of the ids. Marks them read for `user` (default: oneself), where `autoRead` is on or `force` is set.',
    body: renderInput,
    answers: { 200: { description: 'What was rendered.', schema: z.array(renderedAnswer) } },
    refusals: ['not_found'],
  },
  {
    method: 'get',
    path: '/v1/actions',
    id: 'listActions',
    cost: page(2),
    tag: 'Actions',
    summary: 'Actions, newest first',
    description: '`since` and `until` bound the timestamp. Needs the scope `service`.',
    query: actionsQuery,
    answers: { 200: { description: 'A page of actions.', schema: pageOf(actionAnswer) } },
  },
  {
    method: 'get',
    path: '/v1/objects/:ref/actions',
    id: 'listActionsOfObject',
    cost: page(2),
    tag: 'Objects',
    summary: 'Actions an object takes part in, newest first',
    description:
      'In the role that `as` names. Needs the scope `feed` and the object in `objects`, else `service`.',
    query: objectActionsQuery,
    answers: { 200: { description: 'A page of actions.', schema: pageOf(actionAnswer) } },
  },
  {
    method: 'get',
    path: '/v1/trackers/:id/actions',
    id: 'listActionsOfTracker',
    cost: page(3),
    tag: 'Trackers',
    summary: 'Actions that a tracker follows, newest first',
    query: actionsQuery,
    answers: { 200: { description: 'A page of actions.', schema: pageOf(actionAnswer) } },
    refusals: ['not_found'],
  },
];
