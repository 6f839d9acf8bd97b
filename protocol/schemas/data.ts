import { z } from 'zod';
import type { Json } from '../entities.ts';
import { limits } from '../limits.ts';
import { anyJson, inputSchema } from './input-schema.ts';

/** Returns why a value is not valid JSON, with the path of the invalid part; `null` if it is valid. */
function findInvalid(
  value: unknown,
  depth: number,
  path: PropertyKey[],
): { path: PropertyKey[]; message: string } | null {
  if (value === null || typeof value === 'boolean') return null;
  if (typeof value === 'string')
    return value.isWellFormed() ? null : { path, message: 'must be well-formed text' };
  if (typeof value === 'number')
    return Number.isFinite(value) ? null : { path, message: 'must be a finite number' };
  // Sockets replace binary attachments by symbols.
  if (typeof value === 'symbol') return { path, message: 'must be JSON, not binary' };
  if (typeof value !== 'object') return { path, message: `must be JSON, not ${typeof value}` };
  if (depth >= limits.dataDepth) return { path, message: `must nest at most ${limits.dataDepth} levels` };
  if (Array.isArray(value)) return findInvalidEntry(value.entries(), depth, path);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    return { path, message: 'must be JSON, not binary' };
  return findInvalidEntry(Object.entries(value), depth, path);
}

function findInvalidEntry(entries: Iterable<[PropertyKey, unknown]>, depth: number, path: PropertyKey[]) {
  for (const [key, value] of entries) {
    if (typeof key === 'string' && !key.isWellFormed())
      return { path: [...path, key], message: 'must have well-formed text for its name' };
    const found = findInvalid(value, depth + 1, [...path, key]);
    if (found) return found;
  }
  return null;
}

/** Any JSON of bounded depth. */
export const json: z.ZodType<Json> = inputSchema(
  z.unknown().transform((value, ctx): Json => {
    const found = findInvalid(value, 0, []);
    if (!found) return value as Json;
    ctx.addIssue({ code: 'custom', ...found, input: value });
    return z.NEVER;
  }),
  anyJson,
);

/** A JSON object of bounded size and depth. */
export const data: z.ZodType<Record<string, Json>> = inputSchema(
  z.unknown().transform((value, ctx): Record<string, Json> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      ctx.addIssue({ code: 'custom', message: 'must be an object', input: value });
      return z.NEVER;
    }
    const found = findInvalid(value, 0, []);
    if (found) {
      ctx.addIssue({ code: 'custom', ...found, input: value });
      return z.NEVER;
    }
    return value as Record<string, Json>;
  }),
  z.record(z.string(), anyJson),
);
