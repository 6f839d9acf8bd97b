import type { z } from 'zod';
import type { FieldError } from '../errors.ts';
import { limits } from '../limits.ts';

type Parsed<T> = { ok: true; value: T } | { ok: false; fields: FieldError[] };

/** Characters of a field's name that are told. */
const MOST_NAME = 100;

/** Parses a peer's input; at most 20 bad fields are reported, each with its path below `root`. */
export function parse<T>(schema: z.ZodType<T>, input: unknown, root = ''): Parsed<T> {
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

/** What a schema says of its own accord where it was given no words is told in ours. */
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
    const shown = name.length > MOST_NAME ? `${name.slice(0, MOST_NAME)}…` : name;
    return text === '' ? shown : `${text}.${shown}`;
  }, root);
}
