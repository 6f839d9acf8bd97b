import { expect } from 'vitest';
import type { DisplayDeps, FeedDeps } from '../../../core/ports/deps.ts';
import { Client } from './client.ts';

/**
 * Expects clients to show what a fresh client shows: current clients immediately, all others after a sync. `run` runs the
 * requests to their end.
 */
export async function expectConverged(
  clients: readonly Client[],
  deps: FeedDeps & DisplayDeps,
  run: (work: Promise<void>) => Promise<unknown> = (work) => work,
): Promise<void> {
  for (const client of clients) {
    const fresh = new Client(client.user, deps);
    await run(fresh.list());
    if (client.isCurrent) expect(client.shown()).toEqual(fresh.shown());
    await run(client.sync());
    expect(client.shown()).toEqual(fresh.shown());
  }
}
