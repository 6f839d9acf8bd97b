/** A client without a socket: asks every few seconds what changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedChanges, FeedItem, FeedPage } from '../../protocol/entities.ts';
import { userToken } from '../system/tokens.ts';
import type { Calls } from './calls.ts';
import { FeedCopy } from './feed-copy.ts';

const EVERY_MS = 3_000;

export class Poller {
  readonly user: string;
  readonly #calls: Calls;
  readonly #copy: FeedCopy;
  #token = '';
  #isClosed = false;

  constructor(user: string, calls: Calls) {
    this.user = user;
    this.#calls = calls;
    this.#copy = new FeedCopy({
      list: ({ limit, cursor }) =>
        this.#ask<FeedPage>(`?limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`),
      changes: ({ position }) => this.#ask<FeedChanges>(`/changes?position=${encodeURIComponent(position)}`),
    });
  }

  items(): FeedItem[] {
    return this.#copy.items();
  }

  async run(): Promise<void> {
    this.#token = await userToken(this.user);
    while (!this.#isClosed) {
      await this.#copy.sync().catch(() => undefined);
      await sleep(EVERY_MS);
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  async #ask<T>(rest: string): Promise<T> {
    const path = `/v1/users/${this.user}/feed${rest}`;
    const { status, body } = await this.#calls.repeat({ path, token: this.#token });
    if (status >= 300) throw new Error(`${path}: ${status}`);
    return body as T;
  }
}
