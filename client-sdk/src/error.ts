import type { ErrorBody, ErrorCode, FieldError } from '../../protocol/errors.ts';

/** The hub's own codes, and what only a client can say: no answer in time, or the connection went first. */
export type HubErrorCode = ErrorCode | 'timeout' | 'disconnected';

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

  static fromBody(body: ErrorBody): HubError {
    return new HubError(body.code, body.message, body.retryable, body.fields ?? []);
  }

  /** Whatever was thrown, as a HubError. */
  static from(thrown: unknown): HubError {
    if (thrown instanceof HubError) return thrown;
    return new HubError('internal', thrown instanceof Error ? thrown.message : String(thrown), true);
  }
}
