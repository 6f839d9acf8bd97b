/** A whole hub by its HTTP API, as the model's steps are done to it. */
import { expect } from 'vitest';
import { keyOf } from '../../../dev/model/actions.ts';
import type {
  Action,
  FeedPage,
  LogAnswer,
  MarkAnswer,
  Page,
  Tracker,
  TrackersAnswer,
} from '../../../protocol/entities.ts';
import type { Answer, Api } from '../http.ts';
import type { Door } from './door.ts';
import { bareItem, bareTracker, paged } from './memory-door.ts';

/** Timestamps may be five minutes ahead. */
const MOST_AHEAD_MS = 240_000;

const iso = (time: number): string => new Date(time).toISOString();

export class HttpDoor implements Door {
  readonly #apis: readonly Api[];
  #ahead = 0;
  #calls = 0;

  /** Holders of service tokens of one space, at any gateways: they take turns. */
  constructor(apis: readonly Api[]) {
    this.#apis = apis;
  }

  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Time cannot be moved, but what is logged may be ahead of it. */
  wait(milliseconds: number): void {
    this.#ahead = Math.min(this.#ahead + milliseconds, MOST_AHEAD_MS);
  }

  log: Door['log'] = async (inputs) => {
    const actions = inputs.map(({ at, ...input }) => ({ ...input, timestamp: iso(at) }));
    return (await this.#post<LogAnswer>('/v1/actions', { actions })).ids;
  };

  track: Door['track'] = async (user, { since, ...call }) => {
    const input = { ...call, ...(since !== undefined && { since: iso(since) }) };
    const answer = await this.#api.post<TrackersAnswer>(`/v1/users/${user}/track?wait=1`, input);
    if (answer.status === 410) return null;
    return Math.max(...done(answer).trackers.map((tracker) => Date.parse(tracker.createdAt)));
  };

  untrack: Door['untrack'] = async (user, call) => {
    const answer = await this.#api.post(`/v1/users/${user}/untrack?wait=1`, call);
    if (answer.status === 422) return false;
    done(answer);
    return true;
  };

  mark: Door['mark'] = async (user, mark, input) => {
    const { changed, counts } = await this.#post<MarkAnswer>(`/v1/users/${user}/feed/${mark}`, input);
    return { changed, counts };
  };

  recall: Door['recall'] = async (id) => {
    done(await this.#api.send('DELETE', `/v1/actions/${id}?wait=1`));
  };

  delete: Door['delete'] = async (object, input) => {
    await this.#post(`/v1/objects/${keyOf(object)}/deleted`, input);
  };

  feed: Door['feed'] = async (user, given) => {
    const own = given ? '&includeOwn=1' : '';
    const { items, nextCursor, counts } = await this.#get<FeedPage>(`/v1/users/${user}/feed?limit=100${own}`);
    expect(nextCursor).toBeNull();
    return { items: items.map(bareItem), counts };
  };

  actions = (): Promise<Action[]> => this.#pages<Action>('/v1/actions');

  trackers: Door['trackers'] = async (user) =>
    (await this.#pages<Tracker>(`/v1/users/${user}/trackers`)).map(bareTracker);

  #pages<T>(path: string): Promise<T[]> {
    return paged(({ cursor }) =>
      this.#get<Page<T>>(
        `${path}?limit=100${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      ),
    );
  }

  get #api(): Api {
    this.#calls += 1;
    const api = this.#apis[this.#calls % this.#apis.length];
    if (!api) throw new Error('there is no gateway');
    return api;
  }

  async #get<T>(path: string): Promise<T> {
    return done(await this.#api.get<T>(path));
  }

  async #post<T>(path: string, body: unknown): Promise<T> {
    return done(await this.#api.post<T>(`${path}?wait=1`, body));
  }
}

/** 202 would mean that feeds may still change. */
function done<T>({ status, body }: Answer<T>): T {
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
}
