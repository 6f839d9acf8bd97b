/** The hub's public HTTP API, as far as the demo calls it, with patience for a hub that is starting or busy. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action, ActionInput, Page } from '../protocol/entities.ts';

/** Why a call failed for good, in one line. */
export class ApiError extends Error {
  /** HTTP's status; 0 where no answer came. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export interface ApiOptions {
  url: string;
  token: () => Promise<string>;
  /** Milliseconds for which a call is tried again where the hub is unreachable or busy. Default: 30,000. */
  patience?: number;
  /** Ends what is under way. */
  signal?: AbortSignal;
}

const usualPatience = 30_000;
const firstDelay = 100;
const longestDelay = 3_000;

export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** One batch: accepted as a whole or refused as a whole. */
  async log(actions: ActionInput[]): Promise<void> {
    await this.#send('POST', '/v1/actions', actions.length === 1 ? actions[0] : { actions });
  }

  /** The newest actions about an object, newest first: as many pages of 100 as asked for. */
  async actionsOf(object: string, pages: number): Promise<Action[]> {
    const found: Action[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < pages; page += 1) {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/v1/objects/${encodeURIComponent(object)}/actions?limit=100${query}`;
      const answer: Page<Action> = JSON.parse(await this.#send('GET', path));
      found.push(...answer.items);
      cursor = answer.nextCursor;
      if (cursor === null) break;
    }
    return found;
  }

  /** Settles when the hub has all that it needs, or patience is over. */
  async untilReady(): Promise<void> {
    const { url, patience = usualPatience, signal } = this.#options;
    const giveUpAt = Date.now() + patience;
    for (;;) {
      const answer = await fetch(new URL('/readyz', url), signal ? { signal } : {}).catch(() => undefined);
      await answer?.text();
      if (answer?.ok || Date.now() > giveUpAt) return;
      await sleep(firstDelay, undefined, signal ? { signal } : {});
    }
  }

  /** Answers the body. */
  async #send(method: string, path: string, body?: unknown): Promise<string> {
    const { patience = usualPatience, signal } = this.#options;
    const giveUpAt = Date.now() + patience;
    let delay = firstDelay;
    for (;;) {
      const answer = await this.#attempt(method, path, body);
      if (typeof answer === 'string') return answer;
      if (!isPassing(answer.status) || Date.now() + delay > giveUpAt) throw answer;
      await sleep(delay, undefined, signal ? { signal } : {});
      delay = Math.min(delay * 2, longestDelay);
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
      return new ApiError(
        `No hub answers at ${url}: start one with npm start, or name another with --url`,
        0,
      );
    }
    const answer = await response.text();
    return response.ok ? answer : new ApiError(reason(response.status, answer), response.status);
  }
}

/** Whether it is worth trying again: nobody there yet, too much at once, or the hub lacks what it needs. */
function isPassing(status: number): boolean {
  return status === 0 || status === 429 || status === 502 || status === 503;
}

function reason(status: number, answer: string): string {
  try {
    const problem: unknown = JSON.parse(answer);
    if (typeof problem === 'object' && problem !== null && 'detail' in problem) {
      return `The hub refused (${status}): ${String(problem.detail)}`;
    }
  } catch {
    // Not the hub's own words; the status has to do.
  }
  return `The hub refused (${status})`;
}
