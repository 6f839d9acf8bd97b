import { deletedRefAnswer } from '../../protocol/schemas/answers.ts';
import { deletionInput } from '../../protocol/schemas/deletion.ts';
import { call } from '../limits/costs.ts';
import type { Operation } from './operation.ts';

export const objectOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/objects/:ref/deleted',
    id: 'objectDeleted',
    cost: call(5),
    tag: 'Objects',
    summary: 'Say that an object was deleted',
    description:
      'For good. `keep`: its actions stay and show what is left of it. `delete`: the actions it takes part in go, and its trackers. Of a user, its trackers, feed and marks go, and its token is refused. Needs the scope `service`.',
    body: deletionInput,
    bodyIsOptional: true,
    wait: true,
    answers: {
      200: {
        description: 'With `wait`: everything that it leaves to be done is done.',
        schema: deletedRefAnswer,
      },
      202: { description: 'What is left of it.', schema: deletedRefAnswer },
    },
  },
];
