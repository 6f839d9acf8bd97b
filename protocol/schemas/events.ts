import { z } from 'zod';
import { limits } from '../limits.ts';
import { instant } from './action.ts';
import { ref, singleLine, user } from './refs.ts';

const name = singleLine(1, limits.eventName);

export const eventInput = z.strictObject({
  name,
  /** `null` for no user. */
  user: user.nullish(),
  /** Free text. Unlike names, it may have several lines. */
  note: z
    .string('must be a string')
    .max(limits.eventNote, `at most ${limits.eventNote} characters`)
    .refine((text) => text.isWellFormed(), 'must be well-formed text')
    .refine((text) => !text.includes('\u0000'), 'must not contain a null character')
    .nullish()
    .transform((text) => text ?? ''),
  related: ref.nullish(),
});
export type ParsedEvent = z.output<typeof eventInput>;

/** A cursor contains a time and a short id. */
const MAX_CURSOR = 256;

const filters = {
  limit: z
    .int('must be a whole number')
    .min(1, 'at least 1')
    .max(limits.page, `at most ${limits.page}`)
    .default(20),
  cursor: singleLine(1, MAX_CURSOR).optional(),
  user: user.optional(),
  name: name.optional(),
  since: instant.optional(),
  until: instant.optional(),
};

/** `GET /v1/events` */
export const eventsQuery = z.strictObject({ ...filters, related: ref.optional() });
export type ParsedEventsQuery = z.output<typeof eventsQuery>;

/** `GET /v1/objects/:ref/events` */
export const objectEventsQuery = z.strictObject(filters);

/** `GET /v1/users/:id/events/latest` */
export const latestQuery = z.strictObject({ name: name.optional() });

const text = (max: number) => z.string('must be a string').max(max, `at most ${max} characters`);

/** The client request that a backend describes when it creates an event. */
export const requestFacts = z.strictObject({
  method: singleLine(1, 32),
  path: text(limits.requestPath),
  address: text(64).nullable(),
  agent: text(limits.requestAgent).nullable(),
});
