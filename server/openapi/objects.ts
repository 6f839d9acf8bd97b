import { deletionInput } from '../../protocol/schemas/deletion.ts';
import { deletedRefResponse } from '../../protocol/schemas/responses.ts';
import { call } from '../limits/costs.ts';
import type { Operation } from './operation.ts';

export const objectOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/objects/:ref/deleted',
    id: 'objectDeleted',
    cost: call(5),
    tag: 'Objects',
    summary: 'Report that an object was deleted',
    description:
      'Permanent. `keep` keeps its actions, which show a tombstone in its place. `delete` deletes its actions and trackers. For a user, the hub also deletes its trackers, feed and marks, and rejects its token. Needs the scope `service`.',
    body: deletionInput,
    bodyIsOptional: true,
    wait: true,
    responses: {
      200: {
        description: 'The tombstone. With `wait`: all follow-up work is done.',
        schema: deletedRefResponse,
      },
      202: {
        description: 'The tombstone. Follow-up work continues in the background.',
        schema: deletedRefResponse,
      },
    },
  },
];
