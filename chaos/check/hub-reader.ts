/** Reads all data of the hub page by page, without the faulty links. */
import type { Action, Counts, FeedItem, ItemState, Page } from '../../protocol/entities.ts';
import { directUrl, type System } from '../system/system.ts';
import { serviceToken } from '../system/tokens.ts';

const PAGE = 100;
const RESPONSE_TIMEOUT_MS = 30_000;

export interface StoredFeed {
  /** The items in every state. */
  items: FeedItem[];
  /** The ids of the items in each state, as lists of the state give them. */
  lists: Record<ItemState, string[]>;
  counts: Counts;
}

/** All data of the hub. */
export interface HubState {
  actions(): Promise<Action[]>;
  feed(user: string): Promise<StoredFeed>;
}

export class HubReader implements HubState {
  readonly #system: System;
  #token = '';

  constructor(system: System) {
    this.#system = system;
  }

  actions(): Promise<Action[]> {
    return this.#pages<Action>('/v1/actions?');
  }

  async feed(user: string): Promise<StoredFeed> {
    const feed = `/v1/users/${user}/feed`;
    const list = async (state: ItemState) =>
      (await this.#pages<FeedItem>(`${feed}?state=${state}&`)).map(({ id }) => id);
    return {
      items: await this.#pages<FeedItem>(`${feed}?state=all&`),
      lists: { inbox: await list('inbox'), archived: await list('archived'), snoozed: await list('snoozed') },
      counts: await this.#get<Counts>(`${feed}/counts`),
    };
  }

  async #pages<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<T> = await this.#get(`${path}limit=${PAGE}${after}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  async #get<T>(path: string): Promise<T> {
    this.#token ||= await serviceToken();
    const gateway = this.#system.gateways[0];
    if (!gateway) throw new Error('there is no gateway');
    const response = await fetch(directUrl(gateway) + path, {
      headers: { authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${JSON.stringify(body)}`);
    return body as T;
  }
}
