import { z } from 'zod';
import type { ClassRef, Ref } from '../entities.ts';
import { anyJson, inputSchema } from './input-schema.ts';
import { parseNested } from './parse-nested.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: it rejects control characters
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/;

/** Text of limited length without control characters. */
export const singleLine = (min: number, max: number) =>
  z
    .string('must be a string')
    .min(min, min === 1 ? 'must not be empty' : `at least ${min} characters`)
    .max(max, `at most ${max} characters`)
    .refine((text) => !controlCharacters.test(text), 'must not contain control characters')
    .refine((text) => text.isWellFormed(), 'must be well-formed text');

export const refType = z
  .string('must be a string')
  .regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'must be a type: a lower case letter, then up to 63 of a-z 0-9 _ . -');
export const refId = singleLine(1, 255);
/** A bare user id, as used in paths. */
export const userId = refId;

const refObject: z.ZodType<Ref> = z.strictObject(
  {
    type: refType,
    id: refId,
    name: singleLine(1, 255).optional(),
    url: singleLine(1, 2048).optional(),
    image: singleLine(1, 2048).optional(),
  },
  'must be a ref: "type:id" or { type, id }',
);

const displayFields = ['name', 'url', 'image'];
const tombstoneFields = ['deleted', 'description', 'serialization'];

/**
 * Removes display fields that are `null`, which are common in records of applications. Also removes the fields that the hub adds
 * to tombstones, so that clients may send back refs from responses.
 */
function withoutHubFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const isTombstone = 'deleted' in value && value.deleted === true;
  const entries = Object.entries(value).filter(
    ([name, entry]) =>
      !(entry === null && displayFields.includes(name)) && !(isTombstone && tombstoneFields.includes(name)),
  );
  return Object.fromEntries(entries);
}

const inputFields = {
  type: refType,
  id: refId,
  name: singleLine(1, 255).nullish(),
  url: singleLine(1, 2048).nullish(),
  image: singleLine(1, 2048).nullish(),
};
const refObjectInput = z.union([
  z.strictObject(inputFields),
  z.strictObject({
    ...inputFields,
    deleted: z.literal(true),
    description: anyJson.optional(),
    serialization: anyJson.optional(),
  }),
]);

/** A ref in the form `type:id`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it excludes control characters
const refText = z.string().regex(/^[a-z][a-z0-9_.-]{0,63}:[^\u0000-\u001f\u007f-\u009f]{1,255}$/);
const refInput = z.union([refText, refObjectInput]);

const classObject: z.ZodType<ClassRef> = z.strictObject({ type: refType }, 'must be a ref or a class ref');

function splitRef(text: string): { type: string; id: string } | null {
  const colon = text.indexOf(':');
  return colon < 0 ? null : { type: text.slice(0, colon), id: text.slice(colon + 1) };
}

/** Parses a ref in either form to the object form. */
export const ref: z.ZodType<Ref> = inputSchema(
  z.unknown().transform((value, ctx): Ref => {
    if (typeof value !== 'string') return parseNested(refObject, withoutHubFields(value), ctx);
    const parsed = refObject.safeParse(splitRef(value));
    if (parsed.success) return parsed.data;
    ctx.addIssue({ code: 'custom', message: `must be a ref such as "project:p1"`, input: value });
    return z.NEVER;
  }),
  refInput,
);

/** Maximum length: a user type, a colon and an id. */
const MAX_USER = 64 + 1 + 255;

/** A user by id or ref. The schema does not check the type, because the user type is configurable. */
export const user: z.ZodType<string | Ref> = inputSchema(
  z
    .unknown()
    .transform((value, ctx): string | Ref =>
      typeof value === 'object' && value !== null
        ? parseNested(ref, value, ctx)
        : parseNested(singleLine(1, MAX_USER), value, ctx),
    ),
  z.union([singleLine(1, MAX_USER), refObjectInput]),
);

/** Parses a ref or a class ref in either form to the object form. */
export const tracked: z.ZodType<Ref | ClassRef> = inputSchema(
  z.unknown().transform((value, ctx): Ref | ClassRef => {
    if (typeof value === 'string') {
      return value.includes(':') ? parseNested(ref, value, ctx) : { type: parseNested(refType, value, ctx) };
    }
    const isClass = typeof value === 'object' && value !== null && !('id' in value);
    return isClass
      ? parseNested(classObject, value, ctx)
      : parseNested(refObject, withoutHubFields(value), ctx);
  }),
  z.union([refText, refType, refObjectInput, classObject]),
);
