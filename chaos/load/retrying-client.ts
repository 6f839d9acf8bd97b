/** HTTP calls that are retried until the hub responds, as a backend does that must not lose its actions. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Tally } from '../tally.ts';

const RESPONSE_TIMEOUT_MS = 10_000;
/** `wait=1` responds within 30 s. */
const WAIT_TIMEOUT_MS = 35_000;
/** The pause grows with each attempt, so that an overload does not get worse. */
const BACKOFF_MS = { initial: 100, max: 3_000 };
const MAX_RETRY_AFTER_MS = 2_000;

export interface Request {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  token: string;
  body?: unknown;
}

/** `T` is the body of a successful call. */
export interface CallResult<T = Record<string, unknown>> {
  status: number;
  body: T;
  /** The first attempt got the response, so no other attempt can still be running. */
  isFirstAttempt: boolean;
}

export class RetryingClient {
  readonly #urls: () => string[];
  readonly #random: Random;
  readonly #tally: Tally;
  #isAborted = false;

  constructor(urls: () => string[], random: Random, tally: Tally) {
    this.#urls = urls;
    this.#random = random;
    this.#tally = tally;
  }

  /** Rejects the calls that still retry. */
  abort(): void {
    this.#isAborted = true;
  }

  /** Retries the call until there is a response that is not a temporary error. @throws Error after `abort` */
  async repeat<T = Record<string, unknown>>(request: Request): Promise<CallResult<T>> {
    for (let attempt = 1; !this.#isAborted; attempt += 1) {
      const result = await this.once<T>(request, this.#random.pick(this.#urls())).catch(() => null);
      if (result && result.status < 429) return { ...result, isFirstAttempt: attempt === 1 };
      if (result) this.#tally.countRefusal(codeOf(result.body));
      else this.#tally.unanswered += 1;
      const wait = Math.min(result?.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
      const maxWait = Math.min(BACKOFF_MS.max, BACKOFF_MS.initial * 2 ** attempt);
      await sleep(wait + this.#random.int(maxWait / 2, maxWait));
    }
    throw new Error(`${request.method ?? 'GET'} ${request.path} got no response`);
  }

  /** @throws Error if there is no response in time */
  async once<T = Record<string, unknown>>(
    { method = 'GET', path, token, body }: Request,
    url: string,
  ): Promise<Omit<CallResult<T>, 'isFirstAttempt'> & { retryAfterMs: number }> {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(path.includes('wait=1') ? WAIT_TIMEOUT_MS : RESPONSE_TIMEOUT_MS),
    });
    const text = await response.text();
    const parsed = (text === '' ? {} : JSON.parse(text)) as T;
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000;
    return { status: response.status, body: parsed, retryAfterMs };
  }
}

/** The code of an error response. */
export const codeOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'unknown';
