import { describe, expect, it } from 'vitest';
import { Board, BoardError, issuesOf } from '../../../demo/board.ts';
import { isIssueId } from '../../../demo/page/project.ts';
import { createSampleHistory } from '../../../demo/sample-history.ts';
import type { Action, DeletedRef, Ref } from '../../../protocol/entities.ts';

const board = () => {
  let ids = 0;
  return new Board(() => `t${++ids}`);
};

const issue = (id: string): Ref => ({ type: 'issue', id: `website/${id}`, name: `Issue ${id}` });
const deleted = (id: string): DeletedRef => ({
  ...issue(id),
  deleted: true,
  description: `Issue ${id} (deleted)`,
  serialization: null,
});

/** `second` orders the actions. Later ones may have been merged. */
function action(verb: string, targets: Array<Ref | DeletedRef>, second: number): Action {
  const updatedAt = new Date(second * 1_000).toISOString();
  return {
    id: String(second),
    actor: { type: 'user', id: 'ada' },
    verb,
    targets,
    related: [{ type: 'project', id: 'website' }],
    level: 30,
    data: {},
    body: '',
    url: null,
    buttons: [],
    timestamp: updatedAt,
    updatedAt,
    count: targets.length,
    text: '',
  };
}

describe('the board', () => {
  it('gives every issue an id that the demo may delete', () => {
    const opened = board().open('Fix it');
    expect(isIssueId(opened.id)).toBe(true);
    expect([isIssueId('website'), isIssueId('other/1'), isIssueId('website/a/b'), isIssueId(7)]).toEqual(
      Array(4).fill(false),
    );
  });

  it('has a maximum size, and reports it', () => {
    const full = board();
    for (let n = 0; n < 60; n += 1) full.open(`Issue ${n}`);
    expect(() => full.open('One more')).toThrow(BoardError);
    expect(full.remove('website/t1')?.title).toBe('Issue 0');
    expect(full.open('Now there is room').open).toBe(true);
  });

  it('skips issues that another user deleted meanwhile', () => {
    const shared = board();
    const { id } = shared.open('Fix it');
    shared.remove(id);
    shared.setOpen([id], false);
    expect(shared.issues()).toEqual([]);
    expect(shared.remove(id)).toBeUndefined();
  });
});

describe('the board built from the history', () => {
  it('has every issue in its last state, whatever the order of the history', () => {
    const history = [
      action('opened', [issue('1')], 1),
      action('opened', [issue('2')], 2),
      action('closed', [issue('1'), issue('2')], 4),
      action('reopened', [issue('2')], 5),
      action('commented on', [issue('1')], 6),
    ];
    const expected = [
      { id: 'website/1', title: 'Issue 1', open: false },
      { id: 'website/2', title: 'Issue 2', open: true },
    ];
    expect(issuesOf(history)).toEqual(expected);
    expect(issuesOf([...history].reverse())).toEqual(expected);
  });

  it('omits deleted issues and those of other projects', () => {
    const other: Ref = { type: 'issue', id: 'Codertocat/Hello-World/1' };
    const history = [
      action('opened', [deleted('1')], 1),
      action('deleted', [deleted('1')], 2),
      action('opened', [other], 3),
      action('starred', [{ type: 'project', id: 'website' }], 4),
    ];
    expect(issuesOf(history)).toEqual([]);
  });

  it('equals the board of the seed, after seeding', () => {
    const { issues, batches } = createSampleHistory(Date.parse('2026-01-15T12:00:00Z'));
    const storyActions = batches.flat().map(({ verb, targets, timestamp }) => {
      const refs = (Array.isArray(targets) ? targets : [targets]).filter((ref) => typeof ref === 'object');
      return action(verb, refs, Date.parse(String(timestamp)) / 1_000);
    });
    expect(issuesOf(storyActions)).toEqual(issues);
  });

  it('never reuses ids of an earlier seed, because deleted ids cannot be used again', () => {
    const ids = [1_000, 2_000].flatMap((now) => createSampleHistory(now).issues.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every(isIssueId)).toBe(true);
  });
});
