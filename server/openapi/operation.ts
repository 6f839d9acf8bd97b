/** Describes a call of the HTTP API; `document.ts` converts it to OpenAPI. */
import type { z } from 'zod';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Cost } from '../limits/costs.ts';

export type Tag = 'Actions' | 'Objects' | 'Trackers' | 'Feeds' | 'Events' | 'Dead letters' | 'Service';

export interface Operation {
  method: 'get' | 'post' | 'delete';
  /** In the syntax of Express: `/v1/users/:id/feed`. */
  path: string;
  id: string;
  tag: Tag;
  summary: string;
  /** The points that the call charges to the subject's rate. */
  cost: Cost;
  description?: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Whether the body may be omitted. */
  bodyIsOptional?: true;
  /** Whether the call accepts `wait`. */
  wait?: true;
  /** Whether the call accepts the header `Idempotency-Key`. */
  idempotent?: true;
  /** Keyed by status. */
  responses: Readonly<Record<number, OperationResponse>>;
  /** Error codes in addition to the common ones. */
  errors?: readonly ErrorCode[];
}

export interface OperationResponse {
  description: string;
  /** The schema of a JSON response. Other formats have only a `contentType`. */
  schema?: z.ZodType;
  contentType?: string;
}

/** Calls below `/v1` need a token. */
export const needsToken = (operation: Operation): boolean => operation.path.startsWith('/v1/');
