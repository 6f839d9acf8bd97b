import type { z } from 'zod';
import type { FieldError } from '../errors.ts';

type Parsed<T> = { ok: true; value: T } | { ok: false; fields: FieldError[] };

const MOST_FIELDS = 20;

/** Parses a peer's input; at most 20 bad fields are reported, each with its path below `root`. */
export function parse<T>(schema: z.ZodType<T>, input: unknown, root = ''): Parsed<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  const fields = parsed.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: path(root, [...issue.path, key]),
        message: 'is not a known field',
      }));
    }
    const missing =
      issue.code === 'invalid_type' && issue.input === undefined && issue.message.startsWith('Invalid');
    return [{ path: path(root, issue.path), message: missing ? 'is required' : issue.message }];
  });
  return { ok: false, fields: fields.slice(0, MOST_FIELDS) };
}

/** `actions[3].targets[0].id` */
function path(root: string, segments: PropertyKey[]): string {
  return segments.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return text === '' ? String(segment) : `${text}.${String(segment)}`;
  }, root);
}
