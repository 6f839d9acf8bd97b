/** How a call of the HTTP API is described; `document.ts` makes OpenAPI of it. */
import type { z } from 'zod';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Cost } from '../limits/costs.ts';

export type Tag = 'Actions' | 'Objects' | 'Trackers' | 'Feeds' | 'Events' | 'Dead letters' | 'Service';

export interface Operation {
  method: 'get' | 'post' | 'delete';
  /** As in Express: `/v1/users/:id/feed`. */
  path: string;
  id: string;
  tag: Tag;
  summary: string;
  /** What it takes of the subject's rate. */
  cost: Cost;
  description?: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Whether the body may be left out. */
  bodyIsOptional?: true;
  /** Whether it takes `wait`. */
  wait?: true;
  /** Whether it takes the header `Idempotency-Key`. */
  idempotent?: true;
  /** By status. */
  answers: Readonly<Record<number, Answered>>;
  /** Refusals beyond those that every call of its kind has. */
  refusals?: readonly ErrorCode[];
}

export interface Answered {
  description: string;
  /** Of JSON; `contentType` for another form, which has no schema. */
  schema?: z.ZodType;
  contentType?: string;
}

/** Calls below `/v1` need a token. */
export const needsToken = (operation: Operation): boolean => operation.path.startsWith('/v1/');
