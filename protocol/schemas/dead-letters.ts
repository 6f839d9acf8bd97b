import { z } from 'zod';
import { limits } from '../limits.ts';
import { line } from './refs.ts';

/** A cursor holds a time and an id, which is short. */
const MAX_CURSOR = 256;

/** `GET /v1/dead-letters` */
export const deadLettersQuery = z.strictObject({
  limit: z
    .int('must be a whole number')
    .min(1, 'at least 1')
    .max(limits.page, `at most ${limits.page}`)
    .default(20),
  cursor: line(1, MAX_CURSOR).optional(),
});
export type ParsedDeadLettersQuery = z.output<typeof deadLettersQuery>;

/** Part of a path. */
export const deadLetterId = line(1, 128);
