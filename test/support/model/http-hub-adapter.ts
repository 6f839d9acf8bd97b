/** Applies the model's steps to a whole hub through its HTTP API. */
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
import type { Api, ApiResponse } from '../http.ts';
import type { HubAdapter } from './hub-adapter.ts';
import { bareItem, bareTracker, paged } from './memory-hub-adapter.ts';

/** The hub accepts timestamps up to five minutes ahead. */
const MAX_AHEAD_MS = 240_000;

const SNOOZE_MS = 3_600_000;

const iso = (time: number): string => new Date(time).toISOString();

export class HttpHubAdapter implements HubAdapter {
  readonly #apis: readonly Api[];
  #ahead = 0;
  #calls = 0;

  /** `apis` have service tokens of one space. Calls alternate between them. */
  constructor(apis: readonly Api[]) {
    this.#apis = apis;
  }

  now(): number {
    return Date.now() + this.#ahead;
  }

  /** The hub's time cannot be moved, but timestamps of actions may be ahead of it. */
  wait(milliseconds: number): void {
    this.#ahead = Math.min(this.#ahead + milliseconds, MAX_AHEAD_MS);
  }

  /** Snoozes end long after the test. */
  async endSnoozes(): Promise<void> {
    return undefined;
  }

  snoozeEnd(milliseconds: number): number {
    return Date.now() + SNOOZE_MS + milliseconds;
  }

  log: HubAdapter['log'] = async (inputs) => {
    const actions = inputs.map(({ at, ...input }) => ({ ...input, timestamp: iso(at) }));
    return (await this.#post<LogAnswer>('/v1/actions', { actions })).ids;
  };

  track: HubAdapter['track'] = async (user, { since, ...call }) => {
    const input = { ...call, ...(since !== undefined && { since: iso(since) }) };
    const response = await this.#api.post<TrackersAnswer>(`/v1/users/${user}/track?wait=1`, input);
    if (response.status === 410) return null;
    return Math.max(...bodyOf(response).trackers.map((tracker) => Date.parse(tracker.createdAt)));
  };

  untrack: HubAdapter['untrack'] = async (user, call) => {
    const response = await this.#api.post(`/v1/users/${user}/untrack?wait=1`, call);
    if (response.status === 422) return false;
    bodyOf(response);
    return true;
  };

  mark: HubAdapter['mark'] = async (user, mark, input) => {
    const { changed, counts } = await this.#post<MarkAnswer>(`/v1/users/${user}/feed/${mark}`, input);
    return { changed, counts };
  };

  recall: HubAdapter['recall'] = async (id) => {
    bodyOf(await this.#api.send('DELETE', `/v1/actions/${id}?wait=1`));
  };

  register: HubAdapter['register'] = async (object, name) => {
    bodyOf(await this.#api.put('/v1/objects', { objects: [{ ...object, name }] }));
  };

  delete: HubAdapter['delete'] = async (object, input) => {
    await this.#post(`/v1/objects/${keyOf(object)}/deleted`, input);
  };

  feed: HubAdapter['feed'] = async (user, query) => {
    const own = query?.includeOwn ? '&includeOwn=1' : '';
    const state = query?.state ? `&state=${query.state}` : '';
    const path = `/v1/users/${user}/feed?limit=100${own}${state}`;
    const { items, nextCursor, counts } = await this.#get<FeedPage>(path);
    expect(nextCursor).toBeNull();
    return { items: items.map(bareItem), counts };
  };

  actions = (): Promise<Action[]> => this.#pages<Action>('/v1/actions');

  trackers: HubAdapter['trackers'] = async (user) =>
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
    return bodyOf(await this.#api.get<T>(path));
  }

  async #post<T>(path: string, body: unknown): Promise<T> {
    return bodyOf(await this.#api.post<T>(`${path}?wait=1`, body));
  }
}

/** A status of 202 would mean that feeds may still change. */
function bodyOf<T>({ status, body }: ApiResponse<T>): T {
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
}
