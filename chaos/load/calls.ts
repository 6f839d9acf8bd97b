/** HTTP calls that are repeated until the hub answers them, as a backend does that must not lose what it has to say. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Tally } from '../tally.ts';

const ANSWER_MS = 10_000;
/** `wait=1` answers after 30 s at the latest. */
const WAIT_MS = 35_000;
/** Longer after each attempt, as from a backend that does not make a bad hour worse. */
const PAUSE_MS = { first: 100, most: 3_000 };
const MAX_RETRY_AFTER_MS = 2_000;

export interface Request {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  token: string;
  body?: unknown;
}

/** `T`: the body of a call that succeeded. */
export interface Answer<T = Record<string, unknown>> {
  status: number;
  body: T;
  /** The first attempt was answered: no other attempt can still be under way. */
  isClean: boolean;
}

export class Calls {
  readonly #urls: () => string[];
  readonly #random: Random;
  readonly #tally: Tally;
  #isGivenUp = false;

  constructor(urls: () => string[], random: Random, tally: Tally) {
    this.#urls = urls;
    this.#random = random;
    this.#tally = tally;
  }

  /** Calls that are still repeated reject from now on. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  /** Repeats the call while no answer comes or the refusal may pass. @throws Error after `giveUp` */
  async repeat<T = Record<string, unknown>>(request: Request): Promise<Answer<T>> {
    for (let attempt = 1; !this.#isGivenUp; attempt += 1) {
      const answer = await this.once<T>(request, this.#random.pick(this.#urls())).catch(() => null);
      if (answer && answer.status < 429) return { ...answer, isClean: attempt === 1 };
      if (answer) this.#tally.refuse(codeOf(answer.body));
      else this.#tally.unanswered += 1;
      const wait = Math.min(answer?.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
      const most = Math.min(PAUSE_MS.most, PAUSE_MS.first * 2 ** attempt);
      await sleep(wait + this.#random.int(most / 2, most));
    }
    throw new Error(`${request.method ?? 'GET'} ${request.path} was not answered`);
  }

  /** @throws Error where no answer comes in time */
  async once<T = Record<string, unknown>>(
    { method = 'GET', path, token, body }: Request,
    url: string,
  ): Promise<Omit<Answer<T>, 'isClean'> & { retryAfterMs: number }> {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(path.includes('wait=1') ? WAIT_MS : ANSWER_MS),
    });
    const text = await response.text();
    const read = (text === '' ? {} : JSON.parse(text)) as T;
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000;
    return { status: response.status, body: read, retryAfterMs };
  }
}

/** Of a refusal. */
export const codeOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'unknown';
