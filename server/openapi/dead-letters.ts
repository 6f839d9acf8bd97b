import { z } from 'zod';
import { deadLetterAnswer, pageOf } from '../../protocol/schemas/answers.ts';
import { deadLettersQuery } from '../../protocol/schemas/dead-letters.ts';
import { call, page } from '../limits/costs.ts';
import type { Operation } from './operation.ts';

export const deadLetterOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/dead-letters',
    id: 'listDeadLetters',
    tag: 'Dead letters',
    cost: page(1),
    summary: 'Accepted actions that no worker could handle, newest first',
    description:
      'They are in no feed. A page of long letters may hold fewer than `limit`; the 250 newest letters of a space are kept,' +
      ' and at most 64 MiB of them. Needs the scope `service`.',
    query: deadLettersQuery,
    answers: { 200: { description: 'A page of dead letters.', schema: pageOf(deadLetterAnswer) } },
  },
  {
    method: 'post',
    path: '/v1/dead-letters/:id/retry',
    id: 'retryDeadLetter',
    tag: 'Dead letters',
    cost: call(1),
    summary: 'Accept the actions of a dead letter once more',
    description:
      'Under their ids, as if they were logged now. Repeating the call within a day changes nothing. Needs the scope `service`.',
    answers: {
      202: { description: 'They are accepted.', schema: z.strictObject({ ids: z.array(z.string()) }) },
    },
    refusals: ['not_found', 'unprocessable'],
  },
  {
    method: 'delete',
    path: '/v1/dead-letters/:id',
    id: 'discardDeadLetter',
    tag: 'Dead letters',
    cost: call(1),
    summary: 'Discard a dead letter and its actions',
    description: 'Needs the scope `service`.',
    answers: { 200: { description: 'It is gone.', schema: z.strictObject({ id: z.string() }) } },
    refusals: ['not_found'],
  },
];
