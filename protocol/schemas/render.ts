import { z } from 'zod';
import { limits } from '../limits.ts';
import { flag, locale } from './calls.ts';
import { data } from './data.ts';
import { singleLine, user } from './refs.ts';

/** The id of an action. */
export const actionId = singleLine(1, 64);

const context = data.refine(
  (value) => Buffer.byteLength(JSON.stringify(value)) <= limits.data,
  `at most ${limits.data} bytes as JSON`,
);

/** `POST /v1/actions/render` */
export const renderInput = z.strictObject({
  ids: z
    .array(actionId, 'must be a list of action ids')
    .min(1, 'must contain at least one id')
    .max(limits.render, `at most ${limits.render} ids`),
  user: user.optional(),
  locale: locale.optional(),
  context: context.optional(),
  force: flag.default(false),
});
export type ParsedRender = z.output<typeof renderInput>;
