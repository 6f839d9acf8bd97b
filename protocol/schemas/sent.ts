/**
 * Some schemas check what they are given by code of their own, so that each fault has its path. What may be sent is
 * told beside them in plain schemas, which the API's description is made of; they check nothing.
 */
import { z } from 'zod';

const descriptions = new WeakMap<z.core.$ZodType, z.core.$ZodType>();

/** Says that what `schema` takes is what `plain` describes. Answers `schema`. */
export function sentAs<T extends z.core.$ZodType>(schema: T, plain: z.core.$ZodType): T {
  descriptions.set(schema, plain);
  return schema;
}

/** The plain description of what the schema, or the one it was refined from, takes; `null` where it needs none. */
export function sentDescription(schema: z.core.$ZodType): z.core.$ZodType | null {
  for (let each: z.core.$ZodType | undefined = schema; each; each = each._zod.parent) {
    const plain = descriptions.get(each);
    if (plain) return plain;
  }
  return null;
}

/** Any JSON. */
export const anyJson = z.json();
