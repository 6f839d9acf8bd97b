import { expect, it } from 'vitest';
import { Board, issuesOf } from '../../../demo/board.ts';
import { type SeedOptions, seedDemo } from '../../../demo/seed.ts';
import { githubUsers, team } from '../../../demo/users.ts';
import type { Action, ActionInput, Ref } from '../../../protocol/entities.ts';

const now = () => Date.parse('2026-01-15T12:00:00Z');

/** A hub that records calls. `history` lists the project's actions. */
function scene(history: Action[]): {
  scene: SeedOptions;
  logged: ActionInput[];
  followers: string[];
  board: Board;
} {
  const logged: ActionInput[] = [];
  const followers: string[] = [];
  const board = new Board(() => 'new');
  return {
    logged,
    followers,
    board,
    scene: {
      board,
      now,
      api: { waitUntilReady: async () => undefined, actionsOf: async () => history },
      hub: {
        log: async (input) => {
          logged.push(...[input].flat());
          return { ids: [] };
        },
        track: async (user) => {
          followers.push(user);
          return { trackers: [] };
        },
      },
    },
  };
}

/** The stored form of an action with refs in object form. */
function stored({ actor, verb, targets, timestamp }: ActionInput, n: number): Action {
  const refs = [targets].flat().filter((ref): ref is Ref => typeof ref === 'object');
  return {
    id: String(n),
    actor: typeof actor === 'object' ? actor : null,
    verb,
    targets: refs,
    related: [],
    level: 30,
    data: {},
    body: '',
    url: null,
    buttons: [],
    timestamp: timestamp ?? '',
    updatedAt: timestamp ?? '',
    count: 1,
    text: '',
  };
}

it('the first start seeds the history; a second one logs nothing and keeps the team’s trackers', async () => {
  const once = scene([]);
  await seedDemo(once.scene);
  expect(once.board.issues()).toHaveLength(7);
  expect(once.logged.every(({ timestamp }) => Date.parse(timestamp ?? '') < now())).toBe(true);
  expect(new Set(once.followers)).toEqual(new Set([...team, ...githubUsers].map(({ id }) => id)));

  const history = once.logged.map(stored);
  const again = scene(history);
  await seedDemo(again.scene);
  expect(again.logged).toEqual([]);
  expect(new Set(again.followers)).toEqual(new Set(githubUsers.map(({ id }) => id)));
  expect(again.board.issues()).toEqual(once.board.issues());
  expect(again.board.issues()).toEqual(issuesOf(history));
});
