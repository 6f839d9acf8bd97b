/** Reads everything the hub holds, past all links, page by page. */
import type { Action, Counts, FeedItem, Page } from '../../protocol/entities.ts';
import { directUrl, type System } from '../system/system.ts';
import { serviceToken } from '../system/tokens.ts';

const PAGE = 100;
const ANSWER_MS = 30_000;

export interface HeldFeed {
  items: FeedItem[];
  counts: Counts;
}

/** Everything the hub holds. */
export interface Held {
  actions(): Promise<Action[]>;
  feed(user: string): Promise<HeldFeed>;
}

export class Reader implements Held {
  readonly #system: System;
  #token = '';

  constructor(system: System) {
    this.#system = system;
  }

  actions(): Promise<Action[]> {
    return this.#pages<Action>('/v1/actions?');
  }

  async feed(user: string): Promise<HeldFeed> {
    const items = await this.#pages<FeedItem>(`/v1/users/${user}/feed?`);
    return { items, counts: await this.#get<Counts>(`/v1/users/${user}/feed/counts`) };
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
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${JSON.stringify(body)}`);
    return body as T;
  }
}
