import { z } from 'zod';
import { eventInput, eventsQuery, latestQuery, objectEventsQuery } from '../../protocol/schemas/events.ts';
import { eventResponse, eventStatsResponse, pageOf } from '../../protocol/schemas/responses.ts';
import { call, heavyCall, page } from '../limits/costs.ts';
import type { Operation } from './operation.ts';

export const eventOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/events',
    id: 'createEvent',
    cost: call(1),
    tag: 'Events',
    summary: 'Create an event',
    description:
      'The timestamp is the time of creation. Needs the scope `log` for your own events, else `service`. A backend may' +
      ' describe the original request in the header `Hubbub-Request`: `{ method, path, address, agent }` as JSON in' +
      ' base64url. The hub writes it to its event log.',
    body: eventInput,
    idempotent: true,
    responses: { 201: { description: 'The event.', schema: eventResponse } },
    errors: ['key_conflict'],
  },
  {
    method: 'get',
    path: '/v1/events',
    id: 'listEvents',
    cost: page(1),
    tag: 'Events',
    summary: 'List events, newest first',
    query: eventsQuery,
    responses: { 200: { description: 'A page of events.', schema: pageOf(eventResponse) } },
  },
  {
    method: 'get',
    path: '/v1/objects/:ref/events',
    id: 'listEventsOfObject',
    cost: page(1),
    tag: 'Events',
    summary: 'List events related to an object, newest first',
    query: objectEventsQuery,
    responses: { 200: { description: 'A page of events.', schema: pageOf(eventResponse) } },
  },
  {
    method: 'get',
    path: '/v1/users/:id/events/latest',
    id: 'latestEvent',
    cost: call(1),
    tag: 'Events',
    summary: "Get a user's latest event",
    query: latestQuery,
    responses: {
      200: {
        description: 'The event, or `null` if there is none.',
        schema: z.strictObject({ event: eventResponse.nullable() }),
      },
    },
  },
  {
    method: 'get',
    path: '/v1/users/:id/events/stats',
    id: 'eventStats',
    cost: heavyCall(5),
    tag: 'Events',
    summary: "Count a user's events by name, with the time of the latest",
    responses: {
      200: { description: 'Sorted by name.', schema: z.strictObject({ items: z.array(eventStatsResponse) }) },
    },
  },
];
