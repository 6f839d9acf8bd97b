import { z } from 'zod';
import type { Button, Json, Ref } from '../entities.ts';
import { limits } from '../limits.ts';
import { bodyText, buttons, link } from './content.ts';
import { data } from './data.ts';
import { anyJson, inputSchema } from './input-schema.ts';
import { oneOrMany, parseNested } from './parse-nested.ts';
import { ref, singleLine, user } from './refs.ts';

export const verb = singleLine(1, 255);
const INSTANT_ERROR = 'must be an ISO 8601 date and time';
/** Years 0 to 9999 in UTC. Other years need a sign in ISO 8601, which responses do not use. */
const [MIN_TIME, MAX_TIME] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];
/** Parsed to milliseconds since 1970. */
export const instant = z.iso
  .datetime({ offset: true, error: INSTANT_ERROR, abort: true })
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: INSTANT_ERROR, abort: true })
  .refine(
    (text) => Date.parse(text) >= MIN_TIME && Date.parse(text) <= MAX_TIME,
    'must be in the years 0 to 9999 in UTC',
  )
  .transform((text) => Date.parse(text))
  .brand<'Millis'>();
const LEVEL_ERROR = 'must be a whole number from 0 to 1000000 or the name of a level';
export const level = z.union(
  [
    z.int(LEVEL_ERROR).min(0, LEVEL_ERROR).max(1_000_000, LEVEL_ERROR),
    z.string().min(1, LEVEL_ERROR).max(64, LEVEL_ERROR),
  ],
  LEVEL_ERROR,
);
const DELAY_ERROR = 'must be a whole number of seconds, from -1 to a year';
/** Seconds, `-1` or `0`. */
export const groupingDelay = z.int(DELAY_ERROR).min(-1, DELAY_ERROR).max(31_622_400, DELAY_ERROR);
export const key = singleLine(1, 128);

/** A parsed `ActionInput`: refs and lists are normalized, and undeclared keys are in `data`. */
export interface ParsedAction {
  actor: Ref | null;
  verb: string;
  targets: Ref[];
  related: Ref[];
  level?: number | string;
  timestamp?: z.output<typeof instant>;
  groupingDelay?: number;
  /** Users by their ids or refs. */
  notify?: Array<string | Ref>;
  key?: string;
  /** Absent if empty, as `url` and `buttons`. */
  body?: string;
  url?: string;
  buttons?: Button[];
  data: Record<string, Json>;
  /** The keys of `data` from an explicit `data` object, if there was one. Their error paths begin with `data`. */
  explicitDataKeys?: string[];
}

const declaredFields = z.strictObject({
  actor: inputSchema(
    z.union([z.null(), z.unknown()]).transform((value, ctx): Ref | null => {
      if (value === undefined) ctx.addIssue({ code: 'custom', message: 'is required', input: value });
      return value === null || value === undefined ? null : parseNested(ref, value, ctx);
    }),
    ref.nullable(),
  ),
  verb,
  targets: oneOrMany(ref, limits.refs).optional(),
  related: oneOrMany(ref, limits.refs).optional(),
  level: level.optional(),
  timestamp: instant.optional(),
  groupingDelay: groupingDelay.optional(),
  notify: z
    .array(user, 'must be a list of user ids')
    .max(limits.notify, `at most ${limits.notify}`)
    .optional(),
  key: key.optional(),
  body: bodyText.nullish(),
  url: link.nullish(),
  buttons: buttons.nullish(),
});

const declaredKeys = new Set([...Object.keys(declaredFields.shape), 'data']);

export const actionInput: z.ZodType<ParsedAction> = inputSchema(
  z.unknown().transform((value, ctx): ParsedAction => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      ctx.addIssue({ code: 'custom', message: 'must be an action', input: value });
      return z.NEVER;
    }
    const declaredValues: Record<string, unknown> = {};
    const undeclaredEntries: Array<[string, unknown]> = [];
    for (const [name, entry] of Object.entries(value)) {
      if (!declaredKeys.has(name)) undeclaredEntries.push([name, entry]);
      else if (name !== 'data') declaredValues[name] = entry;
    }
    const { body, url, buttons, ...parsed } = parseNested(
      declaredFields,
      { actor: undefined, ...declaredValues },
      ctx,
    );
    const undeclaredData = parseNested(data, Object.fromEntries(undeclaredEntries), ctx);
    const explicitData =
      'data' in value && value.data !== undefined ? parseNested(data, value.data, ctx, ['data']) : {};
    if (ctx.issues.length > 0) return z.NEVER;
    // Object.fromEntries, unlike assignment, keeps a key named __proto__ as an ordinary key.
    const merged = Object.fromEntries([...Object.entries(undeclaredData), ...Object.entries(explicitData)]);
    if (Buffer.byteLength(JSON.stringify(merged)) > limits.data) {
      ctx.addIssue({
        code: 'custom',
        path: ['data'],
        message: `at most ${limits.data} bytes as JSON`,
        input: value,
      });
      return z.NEVER;
    }
    return {
      ...parsed,
      targets: unique(parsed.targets ?? []),
      related: unique(parsed.related ?? []),
      ...(body && { body }),
      ...(url && { url }),
      ...(buttons && buttons.length > 0 && { buttons }),
      data: merged,
      ...(Object.keys(explicitData).length > 0 && { explicitDataKeys: Object.keys(explicitData) }),
    };
  }),
  declaredFields.extend({ data: data.optional() }).catchall(anyJson),
);

/** Removes duplicate refs. Display fields of a duplicate fill in missing ones of the first. */
export function unique(refs: readonly Ref[]): Ref[] {
  const byKey = new Map<string, Ref>();
  for (const each of refs) {
    const key = `${each.type}:${each.id}`;
    const known = byKey.get(key);
    byKey.set(key, known ? { ...each, ...known } : each);
  }
  return [...byKey.values()];
}

/** A batch of 1 to 500 actions, accepted or rejected as a whole. */
export const batchOf = <T>(action: z.ZodType<T>): z.ZodType<T[]> =>
  z
    .array(action, 'must be a list of actions')
    .min(1, 'must contain at least one action')
    .max(limits.batch, `at most ${limits.batch} actions`);
export const batch = batchOf(actionInput);
