import { z } from 'zod';
import {
  createEvent,
  eventStats,
  eventsOfObject,
  latestEvent,
  listEvents,
} from '../../core/events/events.ts';
import { eventInput, eventsQuery, latestQuery, objectEventsQuery } from '../../protocol/schemas/events.ts';
import { eventResponse, eventStatsResponse, pageOf } from '../../protocol/schemas/responses.ts';
import { call, heavyCall, page } from '../limits/costs.ts';
import { aboutObject, own } from './access.ts';
import { subject } from './examples.ts';
import { defineOperation, withTag } from './operation.ts';
import { objectParameter, userParameter } from './path-parameters.ts';

export const eventOperations = withTag('Events', [
  defineOperation({
    method: 'post',
    path: '/v1/events',
    id: 'createEvent',
    cost: call(1),
    summary: 'Create an event',
    description:
      'The timestamp is the time of creation. Needs the scope `log` for your own events, else `service`. A backend may' +
      ' describe the original request in the header `Hubbub-Request`: `{ method, path, address, agent }` as JSON in' +
      ' base64url. The hub writes it to its event log.',
    access: own('log'),
    body: eventInput,
    example: { body: { name: 'PageViewed', user: subject.user } },
    idempotent: true,
    responses: { 201: { description: 'The event.', schema: eventResponse } },
    errors: ['key_conflict'],
    socket: { event: 'event', describes: ['as the HTTP body', 'the event', 'Creates an event.'] },
    async run({ services, principal, key: readKey, request: describe }, { body: input }) {
      const request = describe();
      const key = readKey();
      return await createEvent(services.deps, principal, {
        input,
        request,
        ...(key !== undefined && { key }),
      });
    },
  }),
  defineOperation({
    method: 'get',
    path: '/v1/events',
    id: 'listEvents',
    cost: page(1),
    summary: 'List events, newest first',
    access: own('log'),
    query: eventsQuery,
    example: { query: { user: subject.user } },
    responses: { 200: { description: 'A page of events.', schema: pageOf(eventResponse) } },
    run: ({ services, principal }, { query }) => listEvents(services.deps, principal, query),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/objects/:ref/events',
    id: 'listEventsOfObject',
    cost: page(1),
    summary: 'List events related to an object, newest first',
    access: aboutObject,
    parameters: objectParameter,
    query: objectEventsQuery,
    responses: { 200: { description: 'A page of events.', schema: pageOf(eventResponse) } },
    run: ({ services, principal }, { ref, query }) => eventsOfObject(services.deps, principal, ref, query),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/users/:id/events/latest',
    id: 'latestEvent',
    cost: call(1),
    summary: "Get a user's latest event",
    access: own('log'),
    parameters: userParameter,
    query: latestQuery,
    responses: {
      200: {
        description: 'The event, or `null` if there is none.',
        schema: z.strictObject({ event: eventResponse.nullable() }),
      },
    },
    run: ({ services, principal }, { user, query }) =>
      latestEvent(services.deps, principal, user, query.name),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/users/:id/events/stats',
    id: 'eventStats',
    cost: heavyCall(5),
    summary: "Count a user's events by name, with the time of the latest",
    access: own('log'),
    parameters: userParameter,
    query: z.strictObject({}),
    responses: {
      200: { description: 'Sorted by name.', schema: z.strictObject({ items: z.array(eventStatsResponse) }) },
    },
    run: ({ services, principal }, { user }) => eventStats(services.deps, principal, user),
  }),
]);
