import { isService } from '../../core/access/principal.ts';
import { objectActions } from '../../core/actions/list.ts';
import { deleteObject } from '../../core/deletion/delete-object.ts';
import { readObject, registerObjects } from '../../core/objects/register.ts';
import { trackersOf, usersTracking } from '../../core/trackers/list.ts';
import { objectActionsQuery } from '../../protocol/schemas/action-queries.ts';
import { deletionInput } from '../../protocol/schemas/deletion.ts';
import { objectsInput } from '../../protocol/schemas/objects.ts';
import {
  actionResponse,
  deletedRefResponse,
  objectsResponse,
  pageOf,
  refOrDeletedRef,
  refResponse,
  trackerResponse,
} from '../../protocol/schemas/responses.ts';
import { trackersOfQuery } from '../../protocol/schemas/trackers.ts';
import { call, page, perEntry } from '../limits/costs.ts';
import { aboutObject } from './access.ts';
import { defineOperation, withTag } from './operation.ts';
import { objectParameter, trackedParameter } from './path-parameters.ts';
import { whenTaskIsDone } from './wait.ts';

export const objectOperations = withTag('Objects', [
  defineOperation({
    method: 'put',
    path: '/v1/objects',
    id: 'registerObjects',
    cost: perEntry('objects'),
    summary: 'Set how objects are displayed',
    description:
      'The `name`, `url` and `image` of each ref replace the whole display of its object, also in actions that were logged' +
      ' before. A ref without them removes the registration, and the object is displayed as it was logged. Objects of any type' +
      ' can be registered, also users. If an object is named twice, its last ref applies. Deleted objects stay tombstones.' +
      ' When the call returns, every response and push shows the new displays. Needs the scope `service`.',
    access: 'service',
    body: objectsInput,
    example: { body: { objects: [{ type: 'project', id: 'p1', name: 'Website' }] } },
    responses: {
      200: { description: 'The objects, as they are displayed from now on.', schema: objectsResponse },
    },
    run: ({ services, principal }, { body }) => registerObjects(services.deps, principal, body.objects),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/objects/:ref',
    id: 'getObject',
    cost: call(1),
    summary: 'Get the registered display of an object',
    description:
      'Returns the tombstone of a deleted object. Needs the scope `feed` and the object in `objects`, else `service`.',
    access: aboutObject,
    parameters: objectParameter,
    responses: { 200: { description: 'The object, as it is displayed.', schema: refOrDeletedRef } },
    errors: ['not_found'],
    run: ({ services, principal }, { ref }) => readObject(services.deps, principal, ref),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/objects/:ref/actions',
    id: 'listActionsOfObject',
    cost: page(2),
    summary: 'List the actions of an object, newest first',
    description:
      '`as` selects the role of the object. Needs the scope `feed` and the object in `objects`, else `service`.',
    access: aboutObject,
    parameters: objectParameter,
    query: objectActionsQuery,
    responses: { 200: { description: 'A page of actions.', schema: pageOf(actionResponse) } },
    run: ({ services, principal }, { ref, query }) => objectActions(services.deps, principal, ref, query),
  }),
  defineOperation({
    method: 'post',
    path: '/v1/objects/:ref/deleted',
    id: 'objectDeleted',
    cost: call(5),
    summary: 'Report that an object was deleted',
    description:
      'Permanent. `keep` keeps its actions, which show a tombstone in its place. `delete` deletes its actions and trackers. For a user, the hub also deletes its trackers, feed and marks, and rejects its token. Needs the scope `service`.',
    access: 'service',
    parameters: objectParameter,
    body: deletionInput,
    bodyIsOptional: true,
    example: { body: { actions: 'delete' } },
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
    async run(caller, { ref, body }) {
      const { principal, services } = caller;
      const { settings, deletedUsers } = services.deps;
      // Before the deletion, so that no deleted user gets in while the database is unavailable.
      if (ref.type === settings.userType && isService(principal)) {
        await deletedUsers.add(principal.space, ref.id);
      }
      const { tombstone, task } = await deleteObject(services.deps, principal, ref, body);
      return await whenTaskIsDone(caller, tombstone, task);
    },
  }),
  defineOperation({
    method: 'get',
    path: '/v1/objects/:ref/trackers',
    id: 'listTrackersOfObject',
    cost: page(1),
    summary: 'List the trackers of an object or a class',
    access: 'service',
    parameters: trackedParameter,
    query: trackersOfQuery,
    responses: { 200: { description: 'A page of trackers.', schema: pageOf(trackerResponse) } },
    run: ({ services, principal }, { ref, query }) => trackersOf(services.deps, principal, ref, query),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/objects/:ref/trackers/users',
    id: 'listUsersTracking',
    cost: page(1),
    summary: 'List the users who track an object or a class',
    access: 'service',
    parameters: trackedParameter,
    query: trackersOfQuery,
    responses: { 200: { description: 'A page of users.', schema: pageOf(refResponse) } },
    run: ({ services, principal }, { ref, query }) => usersTracking(services.deps, principal, ref, query),
  }),
]);
