/** Calls over HTTP. Retryable errors are retried for a limited time; every call is idempotent. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, errorCodes, type Problem } from '../../../protocol/errors.ts';
import { HubError, retryDelay } from '../../common/hub-error.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Relative to the hub's URL, e.g. `/v1/events`. */
  path: string;
  body?: unknown;
  /** The idempotency key, the same for every attempt, so that the hub processes the call once. */
  key?: string;
  /** Whether the hub responds only when feeds are up to date. */
  wait?: boolean;
  headers?: Record<string, string>;
  /** Aborts the call: it rejects with the signal's reason. The hub may have processed it. */
  signal?: AbortSignal | undefined;
}

export interface SignalOptions {
  /** Aborts the call: it rejects with the signal's reason. The hub may still have processed it. */
  signal?: AbortSignal;
}

/** `WAIT_TIMEOUT_MS`: the hub responds to a waiting call after 30 s at the latest. */
const CALL_TIMEOUT_MS = 10_000;
const WAIT_TIMEOUT_MS = 40_000;
/** Counts only errors without `Retry-After`. */
const MAX_ATTEMPTS = 5;
const INITIAL_RETRY_DELAY_MS = 200;
/** The total of all pauses of one call, including those that the hub requested. */
const MAX_TOTAL_DELAY_MS = 30_000;

export class HttpClient {
  readonly #url: string;
  readonly #token: () => Promise<string>;

  constructor(url: string, token: () => Promise<string>) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new TypeError(`url must be an address such as https://hub.example.com, not ${url}`);
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** Returns the response body. @throws HubError */
  async send<T>({ body, ...request }: HttpRequest): Promise<T> {
    const json = body === undefined ? undefined : toJson(body);
    checkKey(request.key);
    let remainingDelay = MAX_TOTAL_DELAY_MS;
    let attempts = 0;
    for (;;) {
      try {
        return await this.#attempt<T>(request, json);
      } catch (thrown) {
        const error = HubError.from(thrown);
        request.signal?.throwIfAborted();
        if (error.retryAfterMs === undefined) attempts += 1;
        if (!error.retryable || attempts === MAX_ATTEMPTS) throw error;
        // Jitter, so that the backends of a hub that was down do not all retry at once.
        const delay = retryDelay(INITIAL_RETRY_DELAY_MS * 2 ** Math.max(0, attempts - 1), Math.random, error);
        remainingDelay -= delay;
        if (remainingDelay < 0) throw error;
        await sleep(delay, undefined, { signal: request.signal }).catch(() =>
          request.signal?.throwIfAborted(),
        );
      }
    }
  }

  async #attempt<T>(
    { method, path, key, wait = false, headers, signal }: Omit<HttpRequest, 'body'>,
    json: string | undefined,
  ): Promise<T> {
    const token = await this.#token();
    const timeoutMs = wait ? WAIT_TIMEOUT_MS : CALL_TIMEOUT_MS;
    const { status, type, text, retryAfter } = await fetchText(
      `${this.#url}${path}${wait ? '?wait=1' : ''}`,
      timeoutMs,
      {
        method,
        ...(signal && { signal }),
        headers: {
          authorization: `Bearer ${token}`,
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...(key !== undefined && { 'idempotency-key': key }),
          ...headers,
        },
        ...(json !== undefined && { body: json }),
      },
    );
    if (status >= 200 && status < 300) return (text === '' ? undefined : JSON.parse(text)) as T;
    throw toHubError(status, type, text, retryAfter);
  }
}

function toJson(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new HubError('invalid_input', error instanceof Error ? error.message : String(error), false);
  }
}

/** A header allows fewer characters than a key, and loses the spaces around it. */
function checkKey(key: string | undefined): void {
  if (key === undefined || (key === key.trim() && !/[^ -~\u00a0-\u00ff]/.test(key))) return;
  const message = 'must be of printable Latin-1 characters, without spaces around them';
  throw new HubError('invalid_input', `key: ${message}`, false, [{ path: 'key', message }]);
}

async function fetchText(
  url: string,
  timeoutMs: number,
  init: RequestInit,
): Promise<{ status: number; type: string; text: string; retryAfter: string | null }> {
  const timeoutSignal = AbortSignal.timeout(timeoutMs);
  const signal = init.signal ? AbortSignal.any([init.signal, timeoutSignal]) : timeoutSignal;
  try {
    // `fetch` would turn some redirected POSTs into a GET that succeeds.
    const response = await fetch(url, { ...init, signal, redirect: 'manual' });
    const type = response.headers.get('content-type') ?? '';
    const retryAfter = response.headers.get('retry-after');
    return { status: response.status, type, text: await response.text(), retryAfter };
  } catch (error) {
    init.signal?.throwIfAborted();
    if (timeoutSignal.aborted)
      throw new HubError('timeout', `the hub did not respond within ${timeoutMs / 1_000} s`, true);
    throw new HubError('disconnected', `the hub cannot be reached: ${describeFetchError(error)}`, true);
  }
}

/** The error of `fetch` has a generic message; its `cause` has the details. */
function describeFetchError(error: unknown): string {
  const { cause } = error instanceof Error ? error : { cause: undefined };
  return cause instanceof Error ? cause.message : String(error);
}

function toHubError(status: number, type: string, text: string, retryAfter: string | null): HubError {
  const options = { retryAfterMs: parseRetryAfter(retryAfter) };
  const problem = type.startsWith('application/problem+json') ? (JSON.parse(text) as Problem) : null;
  if (problem && isErrorCode(problem.code)) {
    return new HubError(problem.code, problem.detail, problem.retryable, problem.fields, options);
  }
  // Not an error of the hub: a proxy or another server responded.
  const retryable = status >= 500 || status === 429;
  const redirectHint =
    status >= 300 && status < 400 ? ', a redirect: url must be the address of the hub itself' : '';
  return new HubError(
    retryable ? 'unavailable' : 'internal',
    `the hub's address returned ${status}${redirectHint}`,
    retryable,
    [],
    options,
  );
}

/** Parses `Retry-After`, which is in seconds or a date, to milliseconds. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);
