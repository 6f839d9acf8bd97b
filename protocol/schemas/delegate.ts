import { z } from 'zod';
import { limits } from '../limits.ts';
import { sentAs } from './sent.ts';

/**
 * Parses `value` by `schema` inside a transform and reports its issues with their own paths, where a plain
 * union would report only "invalid input" for the whole.
 */
export function delegate<T>(
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
 * One value or a list of them; answers a list. Paths have an index only where a list was given. A list that is too
 * long is not looked into, and one with more faults than are told of not to its end.
 */
export function oneOrMany<T>(schema: z.ZodType<T>, max: number): z.ZodType<T[]> {
  const parsing = z.unknown().transform((value, ctx): T[] => {
    if (Array.isArray(value) && value.length <= max) {
      const parsed: T[] = [];
      for (const [index, entry] of value.entries()) {
        parsed.push(delegate(schema, entry, ctx, [index]));
        if (ctx.issues.length >= limits.fields) break;
      }
      return parsed;
    }
    if (!Array.isArray(value) && value !== undefined) return [delegate(schema, value, ctx)];
    const message = value === undefined ? 'is required' : `at most ${max}`;
    ctx.addIssue({ code: 'custom', message, input: value });
    return z.NEVER;
  });
  return sentAs(parsing, z.union([schema, z.array(schema).max(max)]));
}
