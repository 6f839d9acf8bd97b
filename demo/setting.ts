/** Sets the demo's scene through the public API, as an application would. Done again it changes nothing. */
import type { HubServer } from '@hubbub/client/server';
import type { Api } from './api.ts';
import { type Board, issuesOf } from './board.ts';
import { octocats, team } from './cast.ts';
import { project } from './page/project.ts';
import { tellStory } from './story.ts';

/** Pages of the project's history that the board is read back from, 100 actions each. */
const pagesRead = 20;

export interface Scene {
  api: Pick<Api, 'actionsOf' | 'untilReady'>;
  hub: Pick<HubServer, 'log' | 'track'>;
  board: Board;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * The people of GitHub's payloads follow what they follow. The board is what the hub's history of the project says; where
 * there is none, the story is told, and the team follows what it follows. Whoever unfollowed something since stays free of it.
 */
export async function setScene({ api, hub, board, now }: Scene): Promise<void> {
  await api.untilReady();
  for (const { id, follows } of octocats) {
    for (const tracker of follows) await hub.track(id, tracker);
  }
  const issues = issuesOf(await api.actionsOf(`project:${project.id}`, pagesRead));
  if (issues.length > 0) {
    board.fill(issues);
    return;
  }
  const story = tellStory(now());
  for (const batch of story.batches) await hub.log(batch, { wait: true });
  for (const { id, follows } of team) {
    for (const tracker of follows)
      await hub.track(id, { ...tracker, since: story.unreadSince }, { wait: true });
  }
  board.fill(story.issues);
}
