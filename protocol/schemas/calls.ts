import { z } from 'zod';
import { limits } from '../limits.ts';
import { instant, level, verb } from './action.ts';
import { buttonId } from './content.ts';
import { inputSchema } from './input-schema.ts';
import { oneOrMany, parseNested } from './parse-nested.ts';
import { ref, singleLine } from './refs.ts';

export const flag = z.boolean('must be true or false');
/** Like `flag`, but also accepts `1` and `0`, which HTTP queries use. */
export const looseBoolean: z.ZodType<boolean> = inputSchema(
  z
    .unknown()
    .transform((value, ctx): boolean => parseNested(flag, value === 1 || (value === 0 ? false : value), ctx)),
  z.union([z.boolean(), z.literal([0, 1])]),
);
export const verbs = z
  .array(verb, 'must be a list of verbs')
  .max(limits.verbs, `at most ${limits.verbs} verbs`)
  .transform((list) => [...new Set(list)].sort());
/** 16 digits. A complete response appends `~`; an incomplete one appends `.` and the point where it stopped. */
export const position = z
  .string('must be a position')
  .max(400, 'must be a position')
  // The flag `s` is needed because a user id may contain a line terminator of JavaScript.
  .regex(/^\d{16}(~|\..+)?$/s, 'must be a position that the hub gave');

export const locale = z
  .string()
  .max(64)
  .refine((tag) => {
    try {
      return Intl.getCanonicalLocales(tag).length === 1;
    } catch {
      return false;
    }
  }, 'must be a language tag such as "en-GB"');

/** A cursor contains an item or tracker id in base64: a type and two ids of up to 255 characters of three bytes each. */
export const MAX_CURSOR = 2_304;

/** Query fields of every list. */
export const pageFields = {
  limit: z
    .int('must be a whole number')
    .min(1, 'at least 1')
    .max(limits.page, `at most ${limits.page}`)
    .default(20),
  cursor: singleLine(1, MAX_CURSOR).optional(),
};

const feedFilters = {
  ...pageFields,
  verb: oneOrMany(verb, limits.verbs).optional(),
  level: level.optional(),
  object: ref.optional(),
  unread: looseBoolean.optional(),
  state: z
    .enum(['inbox', 'archived', 'snoozed', 'all'], 'must be inbox, archived, snoozed or all')
    .optional(),
  since: instant.optional(),
  until: instant.optional(),
  includeOwn: looseBoolean.optional(),
  locale: locale.optional(),
};
export const feedQuery = z.strictObject(feedFilters);
export type ParsedFeedQuery = z.output<typeof feedQuery>;

export const changesQuery = z.strictObject({ position, locale: locale.optional() });

export const itemId = singleLine(1, 400);
const markIds = z
  .array(itemId, 'must be a list of item ids')
  .min(1, 'must contain at least one id')
  .max(limits.marks, `at most ${limits.marks} ids`);
export const markInput = z
  .strictObject({
    ids: markIds.optional(),
    all: z.literal(true, 'must be true').optional(),
    until: instant.optional(),
    position: position.optional(),
  })
  .refine(
    (input) => [input.ids, input.all, input.until].filter((each) => each !== undefined).length === 1,
    'must have exactly one of ids, all, until',
  );
export type ParsedMark = z.output<typeof markInput>;

export const pressInput = z.strictObject({ button: buttonId });
export const snoozeInput = z.strictObject({ ids: markIds, until: instant, position: position.optional() });
export type ParsedSnooze = z.output<typeof snoozeInput>;
export const unsnoozeInput = z.strictObject({ ids: markIds, position: position.optional() });

export const authInput = z.strictObject({
  token: z
    .string('must be a token')
    .min(1, 'must be a token')
    .max(limits.token, `at most ${limits.token} characters`),
});
export const logOptions = z.strictObject({ wait: looseBoolean.optional() });
