import { expect, it } from 'vitest';
import { Board, issuesOf } from '../../../demo/board.ts';
import { octocats, team } from '../../../demo/cast.ts';
import { type Scene, setScene } from '../../../demo/setting.ts';
import type { Action, ActionInput, Ref } from '../../../protocol/entities.ts';

const now = () => Date.parse('2026-01-15T12:00:00Z');

/** A hub that remembers what it was told; `history` is what the project's actions are. */
function scene(history: Action[]): {
  scene: Scene;
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
      api: { untilReady: async () => undefined, actionsOf: async () => history },
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

/** What the hub makes of an action whose refs are written out. */
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
    timestamp: timestamp ?? '',
    updatedAt: timestamp ?? '',
    count: 1,
    text: '',
  };
}

it('the first start tells the story; a second one tells nothing, and lets the team follow what it likes', async () => {
  const once = scene([]);
  await setScene(once.scene);
  expect(once.board.issues()).toHaveLength(7);
  expect(once.logged.every(({ timestamp }) => Date.parse(timestamp ?? '') < now())).toBe(true);
  expect(new Set(once.followers)).toEqual(new Set([...team, ...octocats].map(({ id }) => id)));

  const history = once.logged.map(stored);
  const again = scene(history);
  await setScene(again.scene);
  expect(again.logged).toEqual([]);
  expect(new Set(again.followers)).toEqual(new Set(octocats.map(({ id }) => id)));
  expect(again.board.issues()).toEqual(once.board.issues());
  expect(again.board.issues()).toEqual(issuesOf(history));
});
