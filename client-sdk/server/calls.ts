/** Calls over HTTP. What may succeed later is retried for a bounded time; every call does no harm twice. */

import { setTimeout as paused } from 'node:timers/promises';
import { type ErrorCode, errorCodes, type Problem } from '../../protocol/errors.ts';
import { HubError, retryDelay } from '../src/error.ts';

export interface HttpCall {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the hub's address, e.g. `/v1/events`. */
  path: string;
  body?: unknown;
  /** The same for every attempt, so that the hub does it once. */
  key?: string;
  /** Answered when feeds are up to date. */
  wait?: boolean;
  headers?: Record<string, string>;
  /** Gives up: the call rejects with the signal's reason. What is under way may have happened. */
  signal?: AbortSignal | undefined;
}

/** The hub itself answers a waiting call after 30 s at the latest. */
const ANSWERED_MS = 10_000;
const WAITED_MS = 40_000;
/** Without word of how long to wait. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
/** Pauses of one call in all, where the hub says how long to wait. */
const MAX_PAUSED_MS = 30_000;

export class HttpCalls {
  readonly #url: string;
  readonly #token: () => Promise<string>;

  constructor(url: string, token: () => Promise<string>) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new TypeError(`url must be an address such as https://hub.example.com, not ${url}`);
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** Answers the body. @throws HubError */
  async send<T>({ body, ...call }: HttpCall): Promise<T> {
    const json = body === undefined ? undefined : jsonOf(body);
    checkKey(call.key);
    let left = MAX_PAUSED_MS;
    let withoutTime = 0;
    for (;;) {
      try {
        return await this.#once<T>(call, json);
      } catch (thrown) {
        const error = HubError.from(thrown);
        call.signal?.throwIfAborted();
        if (error.retryAfterMs === undefined) withoutTime += 1;
        if (!error.retryable || withoutTime === ATTEMPTS) throw error;
        // Spread, so that the backends of a hub that was away do not all come at once.
        const pause = retryDelay(FIRST_PAUSE_MS * 2 ** Math.max(0, withoutTime - 1), Math.random, error);
        left -= pause;
        if (left < 0) throw error;
        await paused(pause, undefined, { signal: call.signal }).catch(() => call.signal?.throwIfAborted());
      }
    }
  }

  async #once<T>(
    { method, path, key, wait = false, headers, signal }: Omit<HttpCall, 'body'>,
    json: string | undefined,
  ): Promise<T> {
    const token = await this.#token();
    const patience = wait ? WAITED_MS : ANSWERED_MS;
    const { status, type, text, retryAfter } = await asked(
      `${this.#url}${path}${wait ? '?wait=1' : ''}`,
      patience,
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
    throw refusal(status, type, text, retryAfter);
  }
}

function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new HubError('invalid_input', error instanceof Error ? error.message : String(error), false);
  }
}

/** A header holds less than a key may, and loses spaces around it. */
function checkKey(key: string | undefined): void {
  if (key === undefined || (key === key.trim() && !/[^ -~\u00a0-\u00ff]/.test(key))) return;
  const message = 'must be of printable Latin-1 characters, without spaces around them';
  throw new HubError('invalid_input', `key: ${message}`, false, [{ path: 'key', message }]);
}

async function asked(
  url: string,
  patience: number,
  init: RequestInit,
): Promise<{ status: number; type: string; text: string; retryAfter: string | null }> {
  const late = AbortSignal.timeout(patience);
  const signal = init.signal ? AbortSignal.any([init.signal, late]) : late;
  try {
    // Followed, some redirections would turn a POST into a GET that succeeds.
    const response = await fetch(url, { ...init, signal, redirect: 'manual' });
    const type = response.headers.get('content-type') ?? '';
    const retryAfter = response.headers.get('retry-after');
    return { status: response.status, type, text: await response.text(), retryAfter };
  } catch (error) {
    init.signal?.throwIfAborted();
    if (late.aborted)
      throw new HubError('timeout', `the hub did not answer within ${patience / 1_000} s`, true);
    throw new HubError('disconnected', `the hub cannot be reached: ${reason(error)}`, true);
  }
}

/** What `fetch` throws says little; its cause says more. */
function reason(error: unknown): string {
  const { cause } = error instanceof Error ? error : { cause: undefined };
  return cause instanceof Error ? cause.message : String(error);
}

function refusal(status: number, type: string, text: string, retryAfter: string | null): HubError {
  const options = { retryAfterMs: delayOf(retryAfter) };
  const problem = type.startsWith('application/problem+json') ? (JSON.parse(text) as Problem) : null;
  if (problem && isKnown(problem.code)) {
    return new HubError(problem.code, problem.detail, problem.retryable, problem.fields, options);
  }
  // Not the hub's own words: something between here and there.
  const retryable = status >= 500 || status === 429;
  const leadsOn =
    status >= 300 && status < 400 ? ', which leads elsewhere: url must be where the hub is' : '';
  return new HubError(
    retryable ? 'unavailable' : 'internal',
    `the hub's address answered ${status}${leadsOn}`,
    retryable,
    [],
    options,
  );
}

/** `Retry-After` in milliseconds: seconds, or a date. */
function delayOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);
