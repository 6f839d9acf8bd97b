import { z } from 'zod';
import type { ClassRef, Ref } from '../entities.ts';
import { delegate } from './delegate.ts';
import { anyJson, sentAs } from './sent.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const control = /[\u0000-\u001f\u007f-\u009f]/;

/** Text of a bounded length without control characters. */
export const line = (min: number, max: number) =>
  z
    .string('must be a string')
    .min(min, min === 1 ? 'must not be empty' : `at least ${min} characters`)
    .max(max, `at most ${max} characters`)
    .refine((text) => !control.test(text), 'must not hold control characters')
    .refine((text) => text.isWellFormed(), 'must be well-formed text');

export const refType = z
  .string('must be a string')
  .regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'must be a type: a lower case letter, then up to 63 of a-z 0-9 _ . -');
export const refId = line(1, 255);
/** A bare user id, as in paths. */
export const userId = refId;

const refObject: z.ZodType<Ref> = z.strictObject(
  {
    type: refType,
    id: refId,
    name: line(1, 255).optional(),
    url: line(1, 2048).optional(),
    image: line(1, 2048).optional(),
  },
  'must be a ref: "type:id" or { type, id }',
);

const display = ['name', 'url', 'image'];
const leftOfDeleted = ['deleted', 'description', 'serialization'];

/**
 * Without display fields that are `null`, as those of an application's records often are; and, where it is what is left of a
 * deleted object, without what the hub added: what answers give may be sent back.
 */
function bare(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const isLeft = 'deleted' in value && value.deleted === true;
  const entries = Object.entries(value).filter(
    ([name, entry]) =>
      !(entry === null && display.includes(name)) && !(isLeft && leftOfDeleted.includes(name)),
  );
  return Object.fromEntries(entries);
}

const sentFields = {
  type: refType,
  id: refId,
  name: line(1, 255).nullish(),
  url: line(1, 2048).nullish(),
  image: line(1, 2048).nullish(),
};
const objectSent = z.union([
  z.strictObject(sentFields),
  z.strictObject({
    ...sentFields,
    deleted: z.literal(true),
    description: anyJson.optional(),
    serialization: anyJson.optional(),
  }),
]);

/** As `type:id`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it excludes
const refText = z.string().regex(/^[a-z][a-z0-9_.-]{0,63}:[^\u0000-\u001f\u007f-\u009f]{1,255}$/);
const refSent = z.union([refText, objectSent]);

const classObject: z.ZodType<ClassRef> = z.strictObject({ type: refType }, 'must be a ref or a class ref');

function split(text: string): { type: string; id: string } | null {
  const colon = text.indexOf(':');
  return colon < 0 ? null : { type: text.slice(0, colon), id: text.slice(colon + 1) };
}

/** A ref in either form; answers the object form. */
export const ref: z.ZodType<Ref> = sentAs(
  z.unknown().transform((value, ctx): Ref => {
    if (typeof value !== 'string') return delegate(refObject, bare(value), ctx);
    const parsed = refObject.safeParse(split(value));
    if (parsed.success) return parsed.data;
    ctx.addIssue({ code: 'custom', message: `must be a ref such as "project:p1"`, input: value });
    return z.NEVER;
  }),
  refSent,
);

/** A user type, a colon and an id. */
const MOST_USER = 64 + 1 + 255;

/** A user by its id or its ref. What the type of users is, only the hub's configuration knows. */
export const user: z.ZodType<string | Ref> = sentAs(
  z
    .unknown()
    .transform((value, ctx): string | Ref =>
      typeof value === 'object' && value !== null
        ? delegate(ref, value, ctx)
        : delegate(line(1, MOST_USER), value, ctx),
    ),
  z.union([line(1, MOST_USER), objectSent]),
);

/** A ref or a class ref in either form; answers the object form. */
export const tracked: z.ZodType<Ref | ClassRef> = sentAs(
  z.unknown().transform((value, ctx): Ref | ClassRef => {
    if (typeof value === 'string') {
      return value.includes(':') ? delegate(ref, value, ctx) : { type: delegate(refType, value, ctx) };
    }
    const isClass = typeof value === 'object' && value !== null && !('id' in value);
    return isClass ? delegate(classObject, value, ctx) : delegate(refObject, bare(value), ctx);
  }),
  z.union([refText, refType, objectSent, classObject]),
);
