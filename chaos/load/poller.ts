/** A client without a socket: it polls `feed/changes` every few seconds. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedChanges, FeedItem, FeedPage } from '../../protocol/entities.ts';
import { userToken } from '../system/tokens.ts';
import { FeedReplica } from './feed-replica.ts';
import type { RetryingClient } from './retrying-client.ts';

const INTERVAL_MS = 3_000;

export class Poller {
  readonly user: string;
  readonly #calls: RetryingClient;
  readonly #replica: FeedReplica;
  #token = '';
  #isClosed = false;

  constructor(user: string, calls: RetryingClient) {
    this.user = user;
    this.#calls = calls;
    this.#replica = new FeedReplica({
      list: ({ limit, state, cursor }) =>
        this.#get<FeedPage>(
          `?limit=${limit}&state=${state}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
        ),
      changes: ({ position }) => this.#get<FeedChanges>(`/changes?position=${encodeURIComponent(position)}`),
    });
  }

  items(): FeedItem[] {
    return this.#replica.items();
  }

  async run(): Promise<void> {
    this.#token = await userToken(this.user);
    while (!this.#isClosed) {
      await this.#replica.sync().catch(() => undefined);
      await sleep(INTERVAL_MS);
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  async #get<T>(suffix: string): Promise<T> {
    const path = `/v1/users/${this.user}/feed${suffix}`;
    const { status, body } = await this.#calls.repeat({ path, token: this.#token });
    if (status >= 300) throw new Error(`${path}: ${status}`);
    return body as T;
  }
}
