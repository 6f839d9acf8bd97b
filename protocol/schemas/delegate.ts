import { z } from 'zod';

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
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    ctx.addIssue({ ...issue, path: [...prefix, ...issue.path] } as Parameters<typeof ctx.addIssue>[0]);
  }
  return z.NEVER;
}

/** One value or a list of them; answers a list. Paths have an index only where a list was given. */
export function oneOrMany<T>(schema: z.ZodType<T>, max: number): z.ZodType<T[]> {
  const list = z.array(schema).max(max, `at most ${max}`);
  return z.unknown().transform((value, ctx): T[] => {
    if (value === undefined) {
      ctx.addIssue({ code: 'custom', message: 'is required', input: value });
      return z.NEVER;
    }
    return Array.isArray(value) ? delegate(list, value, ctx) : [delegate(schema, value, ctx)];
  });
}
