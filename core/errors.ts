import { type ErrorCode, errorCodes, type FieldError } from '../protocol/errors.ts';

/** The one error a caller is told about. Anything else that is thrown is `internal` to it. */
export class HubError extends Error {
  readonly code: ErrorCode;
  readonly fields: FieldError[] | undefined;
  /** Milliseconds the caller should wait before it retries; HTTP sends them as `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string = errorCodes[code].title,
    fields?: FieldError[],
    retryAfterMs?: number,
  ) {
    super(message);
    this.name = 'HubError';
    this.code = code;
    this.fields = fields;
    this.retryAfterMs = retryAfterMs;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

/** A read that took longer than it may. */
export class TooSlow extends Error {
  constructor() {
    super('the read took too long');
    this.name = 'TooSlow';
  }
}

/** The reason of an aborted call: nobody waits for its answer any more. */
export class CallerLeft extends Error {
  constructor() {
    super('the caller has left');
    this.name = 'CallerLeft';
  }
}

export const invalid = (fields: FieldError[]): HubError =>
  new HubError(
    'invalid_input',
    fields.map((each) => `${each.path || 'input'}: ${each.message}`).join('; '),
    fields,
  );

export const forbidden = (message: string, path?: string): HubError =>
  new HubError('forbidden', message, path === undefined ? undefined : [{ path, message }]);

export const rateLimited = (message: string, retryAfterMs: number): HubError =>
  new HubError('rate_limited', message, undefined, retryAfterMs);

export const overloaded = (message: string, retryAfterMs: number): HubError =>
  new HubError('overloaded', message, undefined, retryAfterMs);

/** Anything can be thrown, also what cannot be shown. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  try {
    return new Error(String(thrown));
  } catch {
    return new Error('something was thrown that cannot be shown');
  }
}
