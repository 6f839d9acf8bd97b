import { describe, expect, it } from 'vitest';
import type { HandledAction } from '../../../core/settings.ts';
import { Board } from '../../../demo/board.ts';
import { verbs } from '../../../demo/page/project.ts';
import { reviewButtons, reviewHandler } from '../../../demo/reviews.ts';
import type { ActionInput } from '../../../protocol/entities.ts';

function scene() {
  const board = new Board(() => 'n1');
  const issue = board.open('Add a dark theme');
  const logged: ActionInput[] = [];
  const log = async (input: ActionInput | readonly ActionInput[]) => {
    logged.push(...[input].flat());
    return { ids: [] };
  };
  const { press } = reviewHandler({ board, hub: () => ({ log }) });
  const time = new Date(0).toISOString();
  const action: HandledAction = {
    id: 'a1',
    actor: { type: 'user', id: 'katherine' },
    verb: verbs.requestedReview,
    targets: [{ type: 'issue', id: issue.id, name: issue.title }],
    related: [],
    level: 30,
    data: {},
    body: '',
    url: null,
    buttons: [...reviewButtons],
    timestamp: time,
    updatedAt: time,
    count: 1,
  };
  return {
    board,
    issue,
    logged,
    press: async (button: string, user = 'ada') => press?.(button, { action, user }),
  };
}

describe('an answer to a request for a review', () => {
  it.each([
    ['approve', verbs.approved],
    ['request-changes', verbs.requestedChanges],
  ])('by the button %s is logged as an action of the user', async (button, verb) => {
    const { press, logged, issue } = scene();
    await press(button);
    const targets = { type: 'issue', id: issue.id, name: issue.title };
    expect(logged).toMatchObject([{ actor: { type: 'user', id: 'ada' }, verb, targets }]);
  });

  it('is refused once the issue is closed or deleted, and to those who are not of the team', async () => {
    const { press, logged, board, issue } = scene();
    await expect(press('approve', 'octocat')).rejects.toThrow('Only the team reviews issues.');
    board.setOpen([issue.id], false);
    await expect(press('approve')).rejects.toThrow('“Add a dark theme” is closed.');
    board.remove(issue.id);
    await expect(press('approve')).rejects.toThrow('This issue was deleted.');
    expect(logged).toEqual([]);
  });
});
