import type { Pressed } from '../protocol/entities.ts';
import { type ErrorCode, errorCodes, type FieldError } from '../protocol/errors.ts';

/** The only error type that callers see. Every other error is reported to them as `internal`. */
export class HubError extends Error {
  readonly code: ErrorCode;
  readonly fields: FieldError[] | undefined;
  /** Milliseconds to wait before a retry. HTTP sends them as `Retry-After`. */
  readonly retryAfterMs: number | undefined;
  /** The first press, with the code `already_pressed`. */
  readonly pressed: Pressed | undefined;

  constructor(
    code: ErrorCode,
    message: string = errorCodes[code].title,
    fields?: FieldError[],
    retryAfterMs?: number,
    pressed?: Pressed,
  ) {
    super(message);
    this.name = 'HubError';
    this.code = code;
    this.fields = fields;
    this.retryAfterMs = retryAfterMs;
    this.pressed = pressed;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

/** A read exceeded its time limit. */
export class ReadTimeoutError extends Error {
  constructor() {
    super('the read timed out');
    this.name = 'ReadTimeoutError';
  }
}

/** The abort reason of a call whose caller disconnected. */
export class CallerDisconnectedError extends Error {
  constructor() {
    super('the caller disconnected');
    this.name = 'CallerDisconnectedError';
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

/** Converts any thrown value, even one whose `toString` throws. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  try {
    return new Error(String(thrown));
  } catch {
    return new Error('the thrown value cannot be converted to a string');
  }
}
