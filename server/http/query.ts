/** Query strings hold text only; this gives flags and numbers their types, so that one schema serves both doors. */
import type { Request } from 'express';
import { z } from 'zod';
import { HubError } from '../../core/errors.ts';
import { userId } from '../../protocol/schemas/refs.ts';
import { parsed } from '../refusal.ts';

const flags: Record<string, boolean> = { '1': true, true: true, '0': false, false: false };

/** Anything else is passed on as it is, for the schema to refuse. */
const asFlag = (value: unknown): unknown =>
  typeof value === 'string' && Object.hasOwn(flags, value) ? flags[value] : value;
const asNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;

const typed: Record<string, (value: unknown) => unknown> = {
  limit: asNumber,
  level: asNumber,
  unread: asFlag,
  wait: asFlag,
};

export function readQuery(request: Request): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(request.query).map(([name, value]) => [name, typed[name]?.(value) ?? value]),
  );
}

const waitQuery = z.strictObject({ wait: z.boolean('must be 1 or 0').default(false) });

/** @throws HubError invalid_input */
export const readWait = (request: Request): boolean => parsed(waitQuery, readQuery(request)).wait;

/** @throws HubError invalid_input */
export const readUser = (request: Request): string => parsed(userId, request.params.id, 'user');

/** A body that must be there. @throws HubError invalid_input */
export function readBody(request: Request): unknown {
  if (request.body === undefined) throw new HubError('invalid_input', 'a JSON body is required');
  return request.body;
}
