/**
 * A client for the parts of the hub's public HTTP API that the demo uses. Retries while the hub is starting or busy.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action, ActionInput, Page } from '../protocol/entities.ts';

/** Why a call failed permanently, in one line. */
export class ApiError extends Error {
  /** The HTTP status; 0 without a response. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export interface ApiOptions {
  url: string;
  token: () => Promise<string>;
  /** Milliseconds for which a call is retried if the hub is unreachable or busy. Default: 30,000. */
  retryTimeout?: number;
  /** Aborts pending calls. */
  signal?: AbortSignal;
}

const defaultRetryTimeout = 30_000;
const initialDelay = 100;
const maxDelay = 3_000;

export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** Logs one batch. It is accepted or rejected as a whole. */
  async log(actions: ActionInput[]): Promise<void> {
    await this.#send('POST', '/v1/actions', actions.length === 1 ? actions[0] : { actions });
  }

  /** Returns the newest actions about an object, newest first: up to `pages` pages of 100. */
  async actionsOf(object: string, pages: number): Promise<Action[]> {
    const found: Action[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < pages; page += 1) {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/v1/objects/${encodeURIComponent(object)}/actions?limit=100${query}`;
      const response: Page<Action> = JSON.parse(await this.#send('GET', path));
      found.push(...response.items);
      cursor = response.nextCursor;
      if (cursor === null) break;
    }
    return found;
  }

  /** Resolves when the hub is ready, or after the retry timeout. */
  async waitUntilReady(): Promise<void> {
    const { url, retryTimeout = defaultRetryTimeout, signal } = this.#options;
    const deadline = Date.now() + retryTimeout;
    for (;;) {
      const response = await fetch(new URL('/readyz', url), signal ? { signal } : {}).catch(() => undefined);
      await response?.text();
      if (response?.ok || Date.now() > deadline) return;
      await sleep(initialDelay, undefined, signal ? { signal } : {});
    }
  }

  /** Returns the response body. */
  async #send(method: string, path: string, body?: unknown): Promise<string> {
    const { retryTimeout = defaultRetryTimeout, signal } = this.#options;
    const deadline = Date.now() + retryTimeout;
    let delay = initialDelay;
    for (;;) {
      const result = await this.#attempt(method, path, body);
      if (typeof result === 'string') return result;
      if (!isTransient(result.status) || Date.now() + delay > deadline) throw result;
      await sleep(delay, undefined, signal ? { signal } : {});
      delay = Math.min(delay * 2, maxDelay);
    }
  }

  async #attempt(method: string, path: string, body: unknown): Promise<string | ApiError> {
    const { url, token, signal } = this.#options;
    let response: Response;
    try {
      response = await fetch(new URL(path, url), {
        method,
        headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      return new ApiError(`no hub at ${url}: start one with npm start, or set another with --url`, 0);
    }
    const responseText = await response.text();
    return response.ok
      ? responseText
      : new ApiError(describeRefusal(response.status, responseText), response.status);
  }
}

/** Whether a retry may succeed: no connection yet, rate limited, or the hub is unavailable. */
function isTransient(status: number): boolean {
  return status === 0 || status === 429 || status === 502 || status === 503;
}

function describeRefusal(status: number, responseText: string): string {
  try {
    const problem: unknown = JSON.parse(responseText);
    if (typeof problem === 'object' && problem !== null && 'detail' in problem) {
      return `The hub rejected the call (${status}): ${String(problem.detail)}`;
    }
  } catch {
    // Not an error of the hub: show only the status.
  }
  return `The hub rejected the call (${status})`;
}
