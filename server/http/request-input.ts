/** Query strings contain only text. This converts flags and numbers, so that HTTP and sockets share one schema. */
import type { Request } from 'express';
import { z } from 'zod';
import { HubError } from '../../core/errors.ts';
import { parseOrThrow } from '../error-mapping.ts';
import { preferredLocale } from './locale.ts';

const flags: Record<string, boolean> = { '1': true, true: true, '0': false, false: false };

/** Passes other values through, so that the schema rejects them. */
const asFlag = (value: unknown): unknown =>
  typeof value === 'string' && Object.hasOwn(flags, value) ? flags[value] : value;
const asNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;

/** A map and not an object: parameters may have the names of inherited properties. */
const converters = new Map<string, (value: unknown) => unknown>([
  ['limit', asNumber],
  ['level', asNumber],
  ['unread', asFlag],
  ['includeOwn', asFlag],
  ['wait', asFlag],
]);

export function readQuery(request: Request): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(request.query).map(([name, value]) => [name, converters.get(name)?.(value) ?? value]),
  );
}

/** The default language of texts: the one that the client prefers. */
export const requestLocale = (request: Request): string | undefined =>
  preferredLocale(request.get('Accept-Language')) ?? undefined;

const waitQuery = z.strictObject({ wait: z.boolean('must be 1 or 0').default(false) });

/** @throws HubError invalid_input */
export const readWait = (request: Request): boolean => parseOrThrow(waitQuery, readQuery(request)).wait;

/** Returns the required body. @throws HubError invalid_input */
export function readBody(request: Request): unknown {
  if (request.body === undefined) throw new HubError('invalid_input', 'a JSON body is required');
  return request.body;
}
