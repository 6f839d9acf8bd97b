/**
 * Some schemas parse with custom code, so that each error has its own path. OpenAPI cannot describe those. Each has a plain
 * input schema beside it, which is used only for the API description and validates nothing.
 */
import { z } from 'zod';

const inputSchemas = new WeakMap<z.core.$ZodType, z.core.$ZodType>();

/** Registers `input` as the description of the input of `schema`. Returns `schema`. */
export function inputSchema<T extends z.core.$ZodType>(schema: T, input: z.core.$ZodType): T {
  inputSchemas.set(schema, input);
  return schema;
}

/** Returns the registered input schema of a schema, or of the one it was refined from; `null` if there is none. */
export function inputSchemaOf(schema: z.core.$ZodType): z.core.$ZodType | null {
  for (let each: z.core.$ZodType | undefined = schema; each; each = each._zod.parent) {
    const input = inputSchemas.get(each);
    if (input) return input;
  }
  return null;
}

/** Any JSON. */
export const anyJson = z.json();
