/** Query strings hold text only; this gives flags and numbers their types, so that one schema serves both doors. */
import type { Request } from 'express';
import { z } from 'zod';
import { HubError } from '../../core/errors.ts';
import type { ClassRef, Ref } from '../../protocol/entities.ts';
import { locale, MOST_CURSOR } from '../../protocol/schemas/calls.ts';
import { line, ref, tracked, userId } from '../../protocol/schemas/refs.ts';
import { parsed } from '../refusal.ts';
import { preferredLocale } from './locale.ts';

const flags: Record<string, boolean> = { '1': true, true: true, '0': false, false: false };

/** Anything else is passed on as it is, for the schema to refuse. */
const asFlag = (value: unknown): unknown =>
  typeof value === 'string' && Object.hasOwn(flags, value) ? flags[value] : value;
const asNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;

/** Not an object: parameters may be called what objects inherit. */
const typed = new Map<string, (value: unknown) => unknown>([
  ['limit', asNumber],
  ['level', asNumber],
  ['unread', asFlag],
  ['includeOwn', asFlag],
  ['wait', asFlag],
]);

export function readQuery(request: Request): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(request.query).map(([name, value]) => [name, typed.get(name)?.(value) ?? value]),
  );
}

/** The language of texts where the request names none otherwise. */
export const prefersLocale = (request: Request): string | undefined =>
  preferredLocale(request.get('Accept-Language')) ?? undefined;

/** As `readQuery`, where answers hold texts: their language is the query's, else what the client prefers. */
export const readLocalized = (request: Request): Record<string, unknown> => ({
  locale: prefersLocale(request),
  ...readQuery(request),
});

const localeQuery = z.strictObject({ locale: locale.optional() });

/** @throws HubError invalid_input */
export const readLocale = (request: Request): string | undefined =>
  parsed(localeQuery, readLocalized(request)).locale;

const waitQuery = z.strictObject({ wait: z.boolean('must be 1 or 0').default(false) });

/** @throws HubError invalid_input */
export const readWait = (request: Request): boolean => parsed(waitQuery, readQuery(request)).wait;

/** @throws HubError invalid_input */
export const readUser = (request: Request): string => parsed(userId, request.params.id, 'user');

/** The object or class a path names. @throws HubError invalid_input */
export const readTracked = (request: Request): Ref | ClassRef => parsed(tracked, request.params.ref, 'ref');

/** The object a path names, as `type:id`. @throws HubError invalid_input */
export const readRef = (request: Request): Ref => parsed(ref, request.params.ref, 'ref');

const trackerId = line(1, MOST_CURSOR);

/** @throws HubError invalid_input */
export const readTracker = (request: Request): string => parsed(trackerId, request.params.id, 'id');

/** A body that must be there. @throws HubError invalid_input */
export function readBody(request: Request): unknown {
  if (request.body === undefined) throw new HubError('invalid_input', 'a JSON body is required');
  return request.body;
}
