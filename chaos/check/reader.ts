/** Reads everything the hub holds, past all links, page by page. */
import type { Action, Counts, FeedItem } from '../../protocol/entities.ts';
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
    return { items, counts: (await this.#get(`/v1/users/${user}/feed/counts`)) as unknown as Counts };
  }

  async #pages<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = (await this.#get(`${path}limit=${PAGE}${after}`)) as unknown as {
        items: T[];
        nextCursor: string | null;
      };
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  async #get(path: string): Promise<Record<string, unknown>> {
    this.#token ||= await serviceToken();
    const gateway = this.#system.gateways[0];
    if (!gateway) throw new Error('there is no gateway');
    const response = await fetch(directUrl(gateway) + path, {
      headers: { authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const body = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${JSON.stringify(body)}`);
    return body;
  }
}
