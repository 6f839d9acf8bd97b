/** Maps thrown errors to the errors of the API. */
import type { z } from 'zod';
import { CallerDisconnectedError, HubError, invalid, ReadTimeoutError } from '../core/errors.ts';
import type { Logger } from '../infra/log.ts';
import { isTransient } from '../infra/transient-errors.ts';
import { type ErrorBody, errorCodes, type Problem } from '../protocol/errors.ts';
import { parse } from '../protocol/schemas/parse.ts';

/** Unexpected errors are logged. The caller gets a generic error without their details. */
export function toHubError(error: unknown, log: Logger): HubError {
  if (error instanceof HubError) return error;
  if (error instanceof CallerDisconnectedError) return new HubError('unavailable', error.message);
  if (error instanceof ReadTimeoutError) {
    log.warn('read timed out');
    return new HubError('unavailable', 'the read timed out; request less data');
  }
  if (isTransient(error)) {
    log.warn({ err: error }, 'MongoDB or Redis unavailable');
    return new HubError('unavailable');
  }
  log.error({ err: error }, 'request failed');
  return new HubError('internal');
}

export const toErrorBody = ({
  code,
  message,
  retryable,
  retryAfterMs,
  fields,
  pressed,
}: HubError): ErrorBody => ({
  code,
  message,
  retryable,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
  ...(fields && { fields }),
  ...(pressed && { pressed }),
});

export function toProblem({ code, message: detail, retryable, fields, pressed }: HubError): Problem {
  const { status, title } = errorCodes[code];
  const type = `urn:hubbub:problem:${code}`;
  return {
    type,
    title,
    status,
    detail,
    code,
    retryable,
    ...(fields && { fields }),
    ...(pressed && { pressed }),
  };
}

/** @throws HubError invalid_input */
export function parseOrThrow<T>(schema: z.ZodType<T>, input: unknown, root?: string): T {
  const result = parse(schema, input, root);
  if (result.ok) return result.value;
  throw invalid(result.fields);
}
