import { z } from 'zod';
import { limits } from '../limits.ts';
import { flag, locale } from './calls.ts';
import { data } from './data.ts';
import { line, user } from './refs.ts';

/** An id that the hub gave; others are no ids of anything. */
export const actionId = line(1, 64);

const context = data.refine(
  (value) => Buffer.byteLength(JSON.stringify(value)) <= limits.data,
  `at most ${limits.data} bytes as JSON`,
);

/** `POST /v1/actions/render` */
export const renderInput = z.strictObject({
  ids: z
    .array(actionId, 'must be a list of action ids')
    .min(1, 'must hold at least one id')
    .max(limits.render, `at most ${limits.render} ids`),
  user: user.optional(),
  locale: locale.optional(),
  context: context.optional(),
  force: flag.default(false),
});
export type ParsedRender = z.output<typeof renderInput>;
