import { z } from 'zod';
import type { Json } from '../entities.ts';
import { limits } from '../limits.ts';
import { json } from './data.ts';
import { singleLine } from './refs.ts';

const serialization: z.ZodType<Json> = json.refine(
  (value) => Buffer.byteLength(JSON.stringify(value)) <= limits.serialization,
  `at most ${limits.serialization} bytes as JSON`,
);

/** The body of `POST /v1/objects/:ref/deleted`. */
export const deletionInput = z.strictObject({
  description: singleLine(1, limits.description).optional(),
  serialization: serialization.optional(),
  actions: z.enum(['keep', 'delete'], 'must be "keep" or "delete"').default('keep'),
});
export type ParsedDeletion = z.output<typeof deletionInput>;
