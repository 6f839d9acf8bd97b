import type { Pressed } from '../../protocol/entities.ts';
import type { ErrorBody, ErrorCode, FieldError } from '../../protocol/errors.ts';

/**
 * The hub's codes, and codes of the client:
 * - timeout: no response in time
 * - disconnected: the connection broke before the response
 * - queue_full: too many actions are waiting to be logged
 * - closed: the hub was closed by `close()`
 * - token_failed: the token function threw (its error is the `cause`) or returned no token
 */
export type HubErrorCode = ErrorCode | 'timeout' | 'disconnected' | 'queue_full' | 'closed' | 'token_failed';

export interface HubErrorOptions {
  /** The error that led to this one. */
  cause?: unknown;
  retryAfterMs?: number;
  pressed?: Pressed;
}

/**
 * The error of every failed call. `retryable` says whether the same call may succeed later.
 *
 * A program can contain several copies of this class: `@hubbub/client` and `@hubbub/node` include one each, for ESM and
 * for CommonJS. `instanceof` recognizes the errors of one copy; `code` is the same in all.
 */
export class HubError extends Error {
  declare readonly code: HubErrorCode;
  declare readonly retryable: boolean;
  /** The invalid fields, if the hub named them; otherwise empty. */
  declare readonly fields: readonly FieldError[];
  /** Milliseconds to wait before the next attempt, if the hub specified them. */
  declare readonly retryAfterMs: number | undefined;
  /** The first press, with the code `already_pressed`. */
  declare readonly pressed: Pressed | undefined;

  constructor(
    code: HubErrorCode,
    message: string,
    retryable: boolean,
    fields: readonly FieldError[] = [],
    options: HubErrorOptions = {},
  ) {
    super(message, options);
    this.name = 'HubError';
    this.code = code;
    this.retryable = retryable;
    this.fields = fields;
    this.retryAfterMs = options.retryAfterMs;
    this.pressed = options.pressed;
  }

  /** `reason`: why the hub could not be reached; `null`: unknown. */
  static timeout(event: string, reason: HubError | null = null): HubError {
    const detail = reason ? `: ${reason.message}` : '';
    const options = reason ? { cause: reason } : {};
    return new HubError('timeout', `${event} was not answered in time${detail}`, true, [], options);
  }

  /** Converts an error that the hub sent. */
  static of({ code, message, retryable, fields, ...options }: ErrorBody): HubError {
    return new HubError(code, message, retryable, fields, options);
  }

  /** Converts anything that was thrown to a `HubError`. */
  static from(thrown: unknown): HubError {
    if (thrown instanceof HubError) return thrown;
    return new HubError('internal', thrown instanceof Error ? thrown.message : String(thrown), true);
  }
}

/**
 * The delay before a retry, with jitter so that many clients do not retry at once. Never shorter than `retryAfterMs`.
 */
export function retryDelay(
  delay: number,
  random: () => number,
  { retryAfterMs = 0 }: { readonly retryAfterMs?: number | undefined },
): number {
  const jitter = random();
  return Math.max(delay * (0.5 + jitter), retryAfterMs * (1 + jitter / 4));
}
