import { z } from 'zod';
import { limits } from '../limits.ts';
import { ref } from './refs.ts';

/** The body of `PUT /v1/objects`. */
export const objectsInput = z.strictObject({
  objects: z
    .array(ref, 'must be a list')
    .min(1, 'must contain at least one')
    .max(limits.objects, `at most ${limits.objects}`),
});
