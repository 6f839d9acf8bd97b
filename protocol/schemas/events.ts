import { z } from 'zod';
import { limits } from '../limits.ts';
import { instant } from './action.ts';
import { line, ref, user } from './refs.ts';

const name = line(1, limits.eventName);

export const eventInput = z.strictObject({
  name,
  /** `null`: nobody. */
  user: user.nullish(),
  /** Free text: unlike names it may have several lines. */
  note: z
    .string('must be a string')
    .max(limits.eventNote, `at most ${limits.eventNote} characters`)
    .refine((text) => text.isWellFormed(), 'must be well-formed text')
    .refine((text) => !text.includes('\u0000'), 'must not hold a null character')
    .nullish()
    .transform((text) => text ?? ''),
  related: ref.nullish(),
});
export type ParsedEvent = z.output<typeof eventInput>;

/** A cursor holds a time and an id, which is short. */
const MOST_CURSOR = 256;

const filters = {
  limit: z
    .int('must be a whole number')
    .min(1, 'at least 1')
    .max(limits.page, `at most ${limits.page}`)
    .default(20),
  cursor: line(1, MOST_CURSOR).optional(),
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

const text = (most: number) => z.string('must be a string').max(most, `at most ${most} characters`);

/** The request an event is about, where a backend tells it for somebody else. */
export const requestFacts = z.strictObject({
  method: line(1, 32),
  path: text(limits.requestPath),
  address: text(64).nullable(),
  agent: text(limits.requestAgent).nullable(),
});
