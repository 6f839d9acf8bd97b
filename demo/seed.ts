/** Seeds the demo through the public API, as an application would. Idempotent. */
import type { HubServer } from '@hubbub/node';
import type { Api } from './api.ts';
import { type Board, issuesOf } from './board.ts';
import { project } from './page/project.ts';
import { createSampleHistory } from './sample-history.ts';
import { githubUsers, team } from './users.ts';

/** The number of pages of the project's history, 100 actions each, from which the board is restored. */
const maxPages = 20;

export interface SeedOptions {
  api: Pick<Api, 'actionsOf' | 'waitUntilReady'>;
  hub: Pick<HubServer, 'log' | 'track'>;
  board: Board;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * Creates the trackers of the GitHub users. Restores the board from the project's history in the hub. If there is no
 * history, logs the sample history and creates the team's trackers. So trackers that a team member removed are not
 * created again.
 */
export async function seedDemo({ api, hub, board, now }: SeedOptions): Promise<void> {
  await api.waitUntilReady();
  for (const { id, follows } of githubUsers) {
    for (const tracker of follows) await hub.track(id, tracker);
  }
  const issues = issuesOf(await api.actionsOf(`project:${project.id}`, maxPages));
  if (issues.length > 0) {
    board.fill(issues);
    return;
  }
  const history = createSampleHistory(now());
  for (const batch of history.batches) await hub.log(batch, { wait: true });
  for (const { id, follows } of team) {
    for (const tracker of follows)
      await hub.track(id, { ...tracker, since: history.unreadSince }, { wait: true });
  }
  board.fill(history.issues);
}
