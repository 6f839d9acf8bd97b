import type { Pressed } from './entities.ts';

/** All error codes of the API; they are stable. `status` is the HTTP status. Socket acknowledgements use the same codes. */
export const errorCodes = {
  invalid_json: { status: 400, retryable: false, title: 'The body is not valid JSON' },
  invalid_input: { status: 400, retryable: false, title: 'The input is not valid' },
  unauthenticated: { status: 401, retryable: false, title: 'A valid token is required' },
  forbidden: { status: 403, retryable: false, title: 'Not allowed' },
  not_found: { status: 404, retryable: false, title: 'Not found' },
  method_not_allowed: { status: 405, retryable: false, title: 'Method not allowed' },
  limit_reached: { status: 409, retryable: false, title: 'A limit is reached' },
  key_conflict: { status: 409, retryable: false, title: 'The idempotency key was used with other content' },
  already_pressed: { status: 409, retryable: false, title: 'A button of this item was already pressed' },
  gone: { status: 410, retryable: false, title: 'The object was deleted' },
  payload_too_large: { status: 413, retryable: false, title: 'The payload is too large' },
  unsupported_media_type: { status: 415, retryable: false, title: 'The body must be application/json' },
  unprocessable: { status: 422, retryable: false, title: 'The request does not fit the stored data' },
  press_refused: { status: 422, retryable: false, title: 'The application refused the press' },
  unknown_event: { status: 404, retryable: false, title: 'No such event' },
  rate_limited: { status: 429, retryable: true, title: 'Too many calls; wait before the next one' },
  internal: { status: 500, retryable: true, title: 'An internal error occurred' },
  overloaded: { status: 503, retryable: true, title: 'Too much is waiting to be processed; try again later' },
  unavailable: { status: 503, retryable: true, title: 'The hub is temporarily unavailable; try again' },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** One bad field: `path` as in `actions[3].targets[0].id`; empty for the input as a whole. */
export interface FieldError {
  path: string;
  message: string;
}

/** The error in a socket acknowledgement. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  /** Whether the same call may succeed later. */
  retryable: boolean;
  /** Milliseconds to wait before the next attempt, if known. */
  retryAfterMs?: number;
  fields?: FieldError[];
  /** The first press, with the code `already_pressed`. */
  pressed?: Pressed;
}

/** The error in an HTTP response: RFC 9457 `application/problem+json`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  retryable: boolean;
  fields?: FieldError[];
  /** The first press, with the code `already_pressed`. */
  pressed?: Pressed;
}
