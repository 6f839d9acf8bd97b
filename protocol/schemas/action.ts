import { z } from 'zod';
import type { Json, Ref } from '../entities.ts';
import { limits } from '../limits.ts';
import { data } from './data.ts';
import { delegate, oneOrMany } from './delegate.ts';
import { line, ref, user } from './refs.ts';
import { anyJson, sentAs } from './sent.ts';

export const verb = line(1, 255);
const INSTANT = 'must be an ISO 8601 date and time';
/** Of the years 0 and 9999 in UTC: what lies beyond is written with a sign, as no answer has it. */
const [FIRST, LAST] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];
export const instant = z.iso
  .datetime({ offset: true, error: INSTANT, abort: true })
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: INSTANT, abort: true })
  .refine(
    (text) => Date.parse(text) >= FIRST && Date.parse(text) <= LAST,
    'must be of the years 0 to 9999 in UTC',
  )
  .transform((text) => Date.parse(text));
const LEVEL = 'must be a whole number from 0 to 1000000 or the name of a level';
export const level = z.union(
  [z.int(LEVEL).min(0, LEVEL).max(1_000_000, LEVEL), z.string().min(1, LEVEL).max(64, LEVEL)],
  LEVEL,
);
const DELAY = 'must be a whole number of seconds, from -1 to a year';
/** Seconds, `-1` or `0`. */
export const groupingDelay = z.int(DELAY).min(-1, DELAY).max(31_622_400, DELAY);
export const key = line(1, 128);

/** An action as it is asked for: both forms of everything made one, other keys gathered into `data`. */
export interface ParsedAction {
  actor: Ref | null;
  verb: string;
  targets: Ref[];
  related: Ref[];
  level?: number | string;
  /** Milliseconds since 1970. */
  timestamp?: number;
  groupingDelay?: number;
  /** Users by their ids or refs. */
  notify?: Array<string | Ref>;
  key?: string;
  data: Record<string, Json>;
  /** The keys of `data` that came in an explicit `data` object, where there was one; paths in errors begin with it. */
  explicit?: string[];
}

const declared = z.strictObject({
  actor: sentAs(
    z.union([z.null(), z.unknown()]).transform((value, ctx): Ref | null => {
      if (value === undefined) ctx.addIssue({ code: 'custom', message: 'is required', input: value });
      return value === null || value === undefined ? null : delegate(ref, value, ctx);
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
});

const declaredKeys = new Set([...Object.keys(declared.shape), 'data']);

export const actionInput: z.ZodType<ParsedAction> = sentAs(
  z.unknown().transform((value, ctx): ParsedAction => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      ctx.addIssue({ code: 'custom', message: 'must be an action', input: value });
      return z.NEVER;
    }
    const named: Record<string, unknown> = {};
    const gathered: Array<[string, unknown]> = [];
    for (const [name, entry] of Object.entries(value)) {
      if (!declaredKeys.has(name)) gathered.push([name, entry]);
      else if (name !== 'data') named[name] = entry;
    }
    const parsed = delegate(declared, { actor: undefined, ...named }, ctx);
    const others = delegate(data, Object.fromEntries(gathered), ctx);
    const explicit =
      'data' in value && value.data !== undefined ? delegate(data, value.data, ctx, ['data']) : {};
    if (ctx.issues.length > 0) return z.NEVER;
    // fromEntries and not spread or assignment: a key named __proto__ stays a key.
    const merged = Object.fromEntries([...Object.entries(others), ...Object.entries(explicit)]);
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
      data: merged,
      ...(Object.keys(explicit).length > 0 && { explicit: Object.keys(explicit) }),
    };
  }),
  declared.extend({ data: data.optional() }).catchall(anyJson),
);

/** Sets hold an object once; display fields given with a later mention fill in what the first lacks. */
export function unique(refs: readonly Ref[]): Ref[] {
  const byKey = new Map<string, Ref>();
  for (const each of refs) {
    const key = `${each.type}:${each.id}`;
    const known = byKey.get(key);
    byKey.set(key, known ? { ...each, ...known } : each);
  }
  return [...byKey.values()];
}

/** A batch: 1 to 500 actions, accepted or refused whole. */
export const batchOf = <T>(action: z.ZodType<T>): z.ZodType<T[]> =>
  z
    .array(action, 'must be a list of actions')
    .min(1, 'must hold at least one action')
    .max(limits.batch, `at most ${limits.batch} actions`);
export const batch = batchOf(actionInput);
