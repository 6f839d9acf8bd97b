import type { ErrorCode, FieldError } from '../../protocol/errors.ts';

/**
 * The hub's own codes, and what only a client can say:
 * - timeout: no answer in time
 * - disconnected: the connection broke before the answer
 * - queue_full: too many actions wait to be logged
 * - closed: the hub was closed by `close()`
 */
export type HubErrorCode = ErrorCode | 'timeout' | 'disconnected' | 'queue_full' | 'closed';

/** Every way a call can fail. `retryable` says whether the same call may succeed later. */
export class HubError extends Error {
  readonly code: HubErrorCode;
  readonly retryable: boolean;
  /** The bad fields, where the hub named them; else empty. */
  readonly fields: readonly FieldError[];

  constructor(code: HubErrorCode, message: string, retryable: boolean, fields: readonly FieldError[] = []) {
    super(message);
    this.name = 'HubError';
    this.code = code;
    this.retryable = retryable;
    this.fields = fields;
  }

  static timeout(event: string): HubError {
    return new HubError('timeout', `${event} was not answered in time`, true);
  }

  /** Whatever was thrown, as a HubError. */
  static from(thrown: unknown): HubError {
    if (thrown instanceof HubError) return thrown;
    return new HubError('internal', thrown instanceof Error ? thrown.message : String(thrown), true);
  }
}
