import { z } from 'zod';
import { discardDeadLetter, listDeadLetters, retryDeadLetter } from '../../core/dead-letters/dead-letters.ts';
import { deadLettersQuery } from '../../protocol/schemas/dead-letters.ts';
import { deadLetterResponse, pageOf } from '../../protocol/schemas/responses.ts';
import { call, page } from '../limits/costs.ts';
import { defineOperation, withTag } from './operation.ts';
import { deadLetterParameter } from './path-parameters.ts';

export const deadLetterOperations = withTag('Dead letters', [
  defineOperation({
    method: 'get',
    path: '/v1/dead-letters',
    id: 'listDeadLetters',
    cost: page(1),
    summary: 'List accepted actions that no worker could process, newest first',
    description:
      'These actions are in no feed. A page of large dead letters may have fewer entries than `limit`. The hub keeps the 250' +
      ' newest dead letters of a space, and at most 64 MiB of them. Needs the scope `service`.',
    access: 'service',
    query: deadLettersQuery,
    responses: { 200: { description: 'A page of dead letters.', schema: pageOf(deadLetterResponse) } },
    run: ({ services, principal }, { query }) => listDeadLetters(services.deps, principal, query),
  }),
  defineOperation({
    method: 'post',
    path: '/v1/dead-letters/:id/retry',
    id: 'retryDeadLetter',
    cost: call(1),
    summary: 'Accept the actions of a dead letter again',
    description:
      'The actions keep their ids and are processed as if they were logged now. Repeating the call within a day has no effect. Needs the scope `service`.',
    access: 'service',
    parameters: deadLetterParameter,
    responses: {
      202: { description: 'The actions are accepted.', schema: z.strictObject({ ids: z.array(z.string()) }) },
    },
    errors: ['not_found', 'unprocessable'],
    run: ({ services, principal }, { id }) => retryDeadLetter(services.deps, principal, id),
  }),
  defineOperation({
    method: 'delete',
    path: '/v1/dead-letters/:id',
    id: 'discardDeadLetter',
    cost: call(1),
    summary: 'Discard a dead letter and its actions',
    description: 'Needs the scope `service`.',
    access: 'service',
    parameters: deadLetterParameter,
    responses: {
      200: { description: 'The dead letter is discarded.', schema: z.strictObject({ id: z.string() }) },
    },
    errors: ['not_found'],
    run: ({ services, principal }, { id }) => discardDeadLetter(services.deps, principal, id),
  }),
]);
