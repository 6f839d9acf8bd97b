import { z } from 'zod';
import { limits } from '../limits.ts';
import { instant, level, verb } from './action.ts';
import { delegate, oneOrMany } from './delegate.ts';
import { line, ref } from './refs.ts';
import { sentAs } from './sent.ts';

export const flag = z.boolean('must be true or false');
/** As `flag`; also `1` and `0`, which queries of HTTP have. */
export const oneOrZero: z.ZodType<boolean> = sentAs(
  z
    .unknown()
    .transform((value, ctx): boolean => delegate(flag, value === 1 || (value === 0 ? false : value), ctx)),
  z.union([z.boolean(), z.literal([0, 1])]),
);
export const verbs = z
  .array(verb, 'must be a list of verbs')
  .max(limits.verbs, `at most ${limits.verbs} verbs`)
  .transform((list) => [...new Set(list)].sort());
/** `0000000000000000` to `9999999999999999`; of a whole answer with `~`, of an unfinished one with `.` and where it stopped. */
export const position = z
  .string('must be a position')
  .max(400, 'must be a position')
  // `s`: the id of a user may hold what JavaScript takes for the end of a line.
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

/** A cursor holds an item's or a tracker's id, in base64 of its UTF-8: a type and two ids of up to 255 characters, three bytes each. */
export const MOST_CURSOR = 2_304;

/** Of every list. */
export const pageFields = {
  limit: z
    .int('must be a whole number')
    .min(1, 'at least 1')
    .max(limits.page, `at most ${limits.page}`)
    .default(20),
  cursor: line(1, MOST_CURSOR).optional(),
};

const feedFilters = {
  ...pageFields,
  verb: oneOrMany(verb, limits.verbs).optional(),
  level: level.optional(),
  object: ref.optional(),
  unread: oneOrZero.optional(),
  since: instant.optional(),
  until: instant.optional(),
  includeOwn: oneOrZero.optional(),
  locale: locale.optional(),
};
export const feedQuery = z.strictObject(feedFilters);
export type ParsedFeedQuery = z.output<typeof feedQuery>;

export const changesQuery = z.strictObject({ position, locale: locale.optional() });

const markIds = z
  .array(line(1, 400), 'must be a list of item ids')
  .min(1, 'must hold at least one id')
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

export const authInput = z.strictObject({
  token: z
    .string('must be a token')
    .min(1, 'must be a token')
    .max(limits.token, `at most ${limits.token} characters`),
});
export const logOptions = z.strictObject({ wait: oneOrZero.optional() });
