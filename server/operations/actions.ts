import { z } from 'zod';
import { isService } from '../../core/access/principal.ts';
import { listActions } from '../../core/actions/list.ts';
import { readActions } from '../../core/actions/read.ts';
import { recall } from '../../core/deletion/recall.ts';
import { HubError } from '../../core/errors.ts';
import { renderActions } from '../../core/feed/read/render.ts';
import { presentAction } from '../../core/rendering/present.ts';
import { actionsQuery } from '../../protocol/schemas/action-queries.ts';
import { locale } from '../../protocol/schemas/calls.ts';
import { renderInput } from '../../protocol/schemas/render.ts';
import {
  actionResponse,
  pageOf,
  recalledResponse,
  renderedResponse,
} from '../../protocol/schemas/responses.ts';
import { call, page, perEntry } from '../limits/costs.ts';
import { own } from './access.ts';
import { subject } from './examples.ts';
import { logActions } from './log-actions.ts';
import { defineOperation, withTag } from './operation.ts';
import { actionParameter } from './path-parameters.ts';
import { whenTaskIsDone } from './wait.ts';

export const actionOperations = withTag('Actions', [
  logActions,
  defineOperation({
    method: 'get',
    path: '/v1/actions/:id',
    id: 'getAction',
    cost: call(2),
    summary: 'Get an action',
    description: 'The id of a grouped or combined action returns the action that it became part of.',
    access: own('feed'),
    parameters: actionParameter,
    query: z.strictObject({ locale: locale.optional() }),
    responses: { 200: { description: 'The action.', schema: actionResponse } },
    errors: ['not_found'],
    async run({ services: { deps }, principal }, { id, query }) {
      const [found] = await readActions(deps, principal, [id], () => 'id');
      if (!found) throw new HubError('not_found', 'there is no such action');
      const user = isService(principal) ? undefined : principal.sub;
      return presentAction(found, { handlers: deps.handlers, locale: query.locale, user });
    },
  }),
  defineOperation({
    method: 'delete',
    path: '/v1/actions/:id',
    id: 'recallAction',
    cost: call(5),
    summary: 'Recall an action',
    description:
      'Deletes the stored action that the id resolves to, with everything merged into it, also from feeds and counts. Needs the scope `service`.',
    access: 'service',
    parameters: actionParameter,
    wait: true,
    responses: {
      200: { description: 'With `wait`: the action has left every feed.', schema: recalledResponse },
      202: {
        description: 'The action is deleted. Feeds are updated in the background.',
        schema: recalledResponse,
      },
    },
    errors: ['not_found'],
    async run(caller, { id: named }) {
      const { id, task } = await recall(caller.services.deps, caller.principal, named);
      return await whenTaskIsDone(caller, { id }, task);
    },
  }),
  defineOperation({
    method: 'post',
    path: '/v1/actions/render',
    id: 'renderActions',
    cost: perEntry('ids'),
    summary: 'Render texts and times of actions',
    description:
      'Returns results in the order of the ids. Marks the actions read for `user` (default: yourself) if `autoRead` is on or `force` is set.',
    access: own('feed'),
    body: renderInput,
    example: { body: { ids: [subject.action] } },
    responses: { 200: { description: 'The rendered actions.', schema: z.array(renderedResponse) } },
    errors: ['not_found'],
    run: ({ services, principal, locale: preferred }, { body }) =>
      renderActions(services.deps, principal, { ...body, locale: body.locale ?? preferred }),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/actions',
    id: 'listActions',
    cost: page(2),
    summary: 'List actions, newest first',
    description: '`since` and `until` limit the timestamp. Needs the scope `service`.',
    access: 'service',
    query: actionsQuery,
    responses: { 200: { description: 'A page of actions.', schema: pageOf(actionResponse) } },
    run: ({ services, principal }, { query }) => listActions(services.deps, principal, query),
  }),
]);
