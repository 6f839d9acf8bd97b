import { z } from 'zod';
import { limits } from '../limits.ts';
import { singleLine } from './refs.ts';

/** A cursor contains a time and a short id. */
const MAX_CURSOR = 256;

/** `GET /v1/dead-letters` */
export const deadLettersQuery = z.strictObject({
  limit: z
    .int('must be a whole number')
    .min(1, 'at least 1')
    .max(limits.page, `at most ${limits.page}`)
    .default(20),
  cursor: singleLine(1, MAX_CURSOR).optional(),
});
export type ParsedDeadLettersQuery = z.output<typeof deadLettersQuery>;

/** Path parameter. */
export const deadLetterId = singleLine(1, 128);
