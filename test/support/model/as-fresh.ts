import { expect } from 'vitest';
import type { FeedDeps } from '../../../core/feed/deps.ts';
import { Client } from './client.ts';

/**
 * Clients show what fresh ones show: those that believe to be current at once, all after they asked what changed. `wait` is
 * how the test lets what it is given go on.
 */
export async function expectAsFresh(
  clients: readonly Client[],
  deps: FeedDeps,
  wait: (work: Promise<void>) => Promise<unknown> = (work) => work,
): Promise<void> {
  for (const client of clients) {
    const fresh = new Client(client.user, deps);
    await wait(fresh.list());
    if (client.isCurrent) expect(client.shown()).toEqual(fresh.shown());
    await wait(client.sync());
    expect(client.shown()).toEqual(fresh.shown());
  }
}
