import { z } from 'zod';
import { eventAnswer, eventStatsAnswer, pageOf } from '../../protocol/schemas/answers.ts';
import { eventInput, eventsQuery, latestQuery, objectEventsQuery } from '../../protocol/schemas/events.ts';
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
      'Its timestamp is the time of its creation. Needs the scope `log` for events of oneself, else `service`. A backend' +
      ' may name the request it is about in the header `Hubbub-Request`: `{ method, path, address, agent }` as JSON in' +
      ' base64url, for the record of events in the log.',
    body: eventInput,
    idempotent: true,
    answers: { 201: { description: 'The event.', schema: eventAnswer } },
    refusals: ['key_conflict'],
  },
  {
    method: 'get',
    path: '/v1/events',
    id: 'listEvents',
    cost: page(1),
    tag: 'Events',
    summary: 'Events, newest first',
    query: eventsQuery,
    answers: { 200: { description: 'A page of events.', schema: pageOf(eventAnswer) } },
  },
  {
    method: 'get',
    path: '/v1/objects/:ref/events',
    id: 'listEventsOfObject',
    cost: page(1),
    tag: 'Events',
    summary: 'Events related to an object, newest first',
    query: objectEventsQuery,
    answers: { 200: { description: 'A page of events.', schema: pageOf(eventAnswer) } },
  },
  {
    method: 'get',
    path: '/v1/users/:id/events/latest',
    id: 'latestEvent',
    cost: call(1),
    tag: 'Events',
    summary: "A user's latest event",
    query: latestQuery,
    answers: {
      200: {
        description: 'The event, or `null` where there is none.',
        schema: z.strictObject({ event: eventAnswer.nullable() }),
      },
    },
  },
  {
    method: 'get',
    path: '/v1/users/:id/events/stats',
    id: 'eventStats',
    cost: heavyCall(5),
    tag: 'Events',
    summary: "How many events a user has, by name, and when each name's latest was",
    answers: {
      200: { description: 'Sorted by name.', schema: z.strictObject({ items: z.array(eventStatsAnswer) }) },
    },
  },
];
