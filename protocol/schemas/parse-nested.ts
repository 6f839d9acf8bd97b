import { z } from 'zod';
import { limits } from '../limits.ts';
import { inputSchema } from './input-schema.ts';

/**
 * Parses `value` by `schema` inside a transform and reports its issues with their own paths. A plain union would only report
 * "invalid input" for the whole value.
 */
export function parseNested<T>(
  schema: z.ZodType<T>,
  value: unknown,
  ctx: z.RefinementCtx,
  prefix: PropertyKey[] = [],
): T {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    ctx.addIssue({ ...issue, path: [...prefix, ...issue.path] } as Parameters<typeof ctx.addIssue>[0]);
  }
  return z.NEVER;
}

/**
 * Parses one value or a list of them to a list. Error paths have an index only if the input was a list. A list that is too long
 * is not parsed. Parsing stops after the maximum number of reported errors.
 */
export function oneOrMany<T>(schema: z.ZodType<T>, max: number): z.ZodType<T[]> {
  const listSchema = z.unknown().transform((value, ctx): T[] => {
    if (Array.isArray(value) && value.length <= max) {
      const parsed: T[] = [];
      for (const [index, entry] of value.entries()) {
        parsed.push(parseNested(schema, entry, ctx, [index]));
        if (ctx.issues.length >= limits.fields) break;
      }
      return parsed;
    }
    if (!Array.isArray(value) && value !== undefined) return [parseNested(schema, value, ctx)];
    const message = value === undefined ? 'is required' : `at most ${max}`;
    ctx.addIssue({ code: 'custom', message, input: value });
    return z.NEVER;
  });
  return inputSchema(listSchema, z.union([schema, z.array(schema).max(max)]));
}
