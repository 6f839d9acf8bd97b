import type { ErrorBody, ErrorCode, FieldError } from '../../protocol/errors.ts';

/**
 * The hub's own codes, and what only a client can say:
 * - timeout: no answer in time
 * - disconnected: the connection broke before the answer
 * - queue_full: too many actions wait to be logged
 * - closed: the hub was closed by `close()`
 * - token_failed: the token function threw (its error is the `cause`) or returned no token
 */
export type HubErrorCode = ErrorCode | 'timeout' | 'disconnected' | 'queue_full' | 'closed' | 'token_failed';

export interface HubErrorOptions {
  /** The error that led to this one. */
  cause?: unknown;
  retryAfterMs?: number;
}

/** Every way a call can fail. `retryable` says whether the same call may succeed later. */
export class HubError extends Error {
  readonly code: HubErrorCode;
  readonly retryable: boolean;
  /** The bad fields, where the hub named them; else empty. */
  readonly fields: readonly FieldError[];
  /** Milliseconds to wait before the next attempt, where the hub says so. */
  readonly retryAfterMs: number | undefined;

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
  }

  /** `reason`: why the hub could not be asked; `null`: unknown. */
  static timeout(event: string, reason: HubError | null = null): HubError {
    const because = reason ? `: ${reason.message}` : '';
    const options = reason ? { cause: reason } : {};
    return new HubError('timeout', `${event} was not answered in time${because}`, true, [], options);
  }

  /** The hub's refusal. */
  static of({ code, message, retryable, fields, retryAfterMs }: ErrorBody): HubError {
    return new HubError(code, message, retryable, fields, { retryAfterMs });
  }

  /** Whatever was thrown, as a HubError. */
  static from(thrown: unknown): HubError {
    if (thrown instanceof HubError) return thrown;
    return new HubError('internal', thrown instanceof Error ? thrown.message : String(thrown), true);
  }
}

/** The time until a retry, spread so that many clients do not come at once; never before `error` allows it. */
export function retryDelay(
  delay: number,
  random: () => number,
  { retryAfterMs = 0 }: { readonly retryAfterMs?: number | undefined },
): number {
  const chance = random();
  return Math.max(delay * (0.5 + chance), retryAfterMs * (1 + chance / 4));
}
