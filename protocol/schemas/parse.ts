import type { z } from 'zod';
import type { FieldError } from '../errors.ts';
import { limits } from '../limits.ts';

type ParseResult<T> = { ok: true; value: T } | { ok: false; fields: FieldError[] };

/** Maximum characters of a field name in an error path. */
const MAX_NAME = 100;

/** Parses a client's input. Reports at most 20 invalid fields, each with its path below `root`. */
export function parse<T>(schema: z.ZodType<T>, input: unknown, root = ''): ParseResult<T> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data };
  const fields = parsed.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: path(root, [...issue.path, key]),
        message: 'is not a known field',
      }));
    }
    return [{ path: path(root, issue.path), message: messageOf(issue) }];
  });
  return { ok: false, fields: fields.slice(0, limits.fields) };
}

/** Replaces the default messages of Zod. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid')) return issue.message;
  return issue.input === undefined
    ? 'is required'
    : `must be ${issue.expected === 'object' ? 'an object' : issue.expected}`;
}

/** `actions[3].targets[0].id` */
function path(root: string, segments: PropertyKey[]): string {
  return segments.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    const name = String(segment);
    const shortened = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
    return text === '' ? shortened : `${text}.${shortened}`;
  }, root);
}
