/** The one place that turns what was thrown into what a caller is told. */

import type { z } from 'zod';
import { CallerLeft, HubError, invalid, TooSlow } from '../core/errors.ts';
import type { Logger } from '../infra/log.ts';
import { isTransient } from '../infra/transient.ts';
import { type ErrorBody, errorCodes, type Problem } from '../protocol/errors.ts';
import { parse } from '../protocol/schemas/parse.ts';

/** Everything that is not a refusal of ours is logged, and told without its details. */
export function toHubError(error: unknown, log: Logger): HubError {
  if (error instanceof HubError) return error;
  if (error instanceof CallerLeft) return new HubError('unavailable', error.message);
  if (error instanceof TooSlow) {
    log.warn('a read took too long');
    return new HubError('unavailable', 'reading this took too long; ask for less of it');
  }
  if (isTransient(error)) {
    log.warn({ err: error }, 'a request met a database that is away');
    return new HubError('unavailable');
  }
  log.error({ err: error }, 'a request failed');
  return new HubError('internal');
}

export const toErrorBody = (error: HubError): ErrorBody => ({
  code: error.code,
  message: error.message,
  retryable: error.retryable,
  ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  ...(error.fields && { fields: error.fields }),
});

export function toProblem(error: HubError): Problem {
  const { status, title } = errorCodes[error.code];
  return {
    type: `urn:hubbub:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    retryable: error.retryable,
    ...(error.fields && { fields: error.fields }),
  };
}

/** @throws HubError invalid_input */
export function parsed<T>(schema: z.ZodType<T>, input: unknown, root?: string): T {
  const result = parse(schema, input, root);
  if (result.ok) return result.value;
  throw invalid(result.fields);
}
