import { describe, expect, it } from 'vitest';
import { formatHash, parsePair, replacePerson } from '../../../demo/page/address.ts';
import { callText } from '../../../demo/page/call.ts';
import { followable, isTracked } from '../../../demo/page/following.ts';
import type { Issue } from '../../../demo/page/project.ts';
import {
  actorOf,
  bulkSetOpenActions,
  selectBulkIssues,
  setOpenAction,
  starAction,
} from '../../../demo/page/project-actions.ts';
import { Stopwatch } from '../../../demo/page/stopwatch.ts';
import { team, users } from '../../../demo/users.ts';
import type { Tracker } from '../../../protocol/entities.ts';

const people = ['ada', 'grace', 'alan'].map((id) => ({ id }));
const [ada, grace, alan] = people;
const namesIn = (hash: string) => {
  const { first, second } = parsePair(hash, people);
  return `${first.id} ${second.id}`;
};

describe('the address', () => {
  it.each([
    ['', 'ada grace'],
    ['#as=grace', 'grace ada'],
    ['#as=alan&with=grace', 'alan grace'],
    ['#with=ada', 'grace ada'],
    ['#as=ada&with=ada', 'ada grace'],
    ['#as=mallory&with=grace', 'ada grace'],
    ['#nonsense', 'ada grace'],
  ])('%s names %s', (hash, names) => expect(namesIn(hash)).toBe(names));

  it('is formatted as it is parsed', () => {
    const pair = parsePair('#as=alan&with=ada', people);
    expect(parsePair(formatHash(pair), people)).toEqual(pair);
  });

  it('swaps the two users if one is chosen in place of the other', () => {
    if (!ada || !grace || !alan) throw new Error('three people are needed');
    const pair = { first: ada, second: grace };
    expect(replacePerson(pair, 'first', alan)).toEqual({ first: alan, second: grace });
    expect(replacePerson(pair, 'first', grace)).toEqual({ first: grace, second: ada });
    expect(replacePerson(pair, 'second', ada)).toEqual({ first: grace, second: ada });
  });
});

describe('the actions of the page', () => {
  const actor = actorOf({ id: 'ada', name: 'Ada' });
  const issues: Issue[] = Array.from({ length: 7 }, (_, n) => ({
    id: `website/${n}`,
    title: `Issue ${n}`,
    open: n > 0,
  }));

  it('name the issue, the project and the actor, and are not grouped', () => {
    const [, issue] = issues;
    if (!issue) throw new Error('an issue is needed');
    expect(setOpenAction(actor, issue, false)).toEqual({
      actor: { type: 'user', id: 'ada', name: 'Ada' },
      verb: 'closed',
      targets: { type: 'issue', id: 'website/1', name: 'Issue 1' },
      related: { type: 'project', id: 'website', name: 'Website' },
      groupingDelay: -1,
    });
    expect(starAction(actor, false)).toMatchObject({ verb: 'unstarred', targets: { id: 'website' } });
  });

  it('on many issues form one group without earlier actions', () => {
    const delays = bulkSetOpenActions(actor, issues.slice(0, 3), false).map(
      ({ groupingDelay }) => groupingDelay,
    );
    expect(delays).toEqual([-1, 30, 30]);
  });

  it('close five issues if so many are open, and otherwise open or close the larger number', () => {
    const ways = (opened: number, closed: number) => {
      const board = [
        ...issues.slice(0, opened).map((issue) => ({ ...issue, open: true })),
        ...issues.slice(0, closed).map((issue) => ({ ...issue, open: false })),
      ];
      const { open, issues: chosen } = selectBulkIssues(board);
      return `${open ? 'reopen' : 'close'} ${chosen.length}`;
    };
    expect([ways(7, 7), ways(2, 5), ways(5, 0), ways(3, 2), ways(0, 0)]).toEqual([
      'close 5',
      'reopen 5',
      'close 5',
      'close 3',
      'close 0',
    ]);
  });
});

describe('the displayed call', () => {
  it('is formatted as code, with short refs', () => {
    const actor = actorOf({ id: 'ada', name: 'Ada' });
    expect(callText('hub.log', { actor, verb: "it's", targets: [actor], key: undefined })).toBe(
      "hub.log({\n  actor: 'user:ada',\n  verb: 'it\\'s',\n  targets: ['user:ada'],\n})",
    );
    expect(callText('hub.untrack', { from: { type: 'issue' } })).toBe(
      "hub.untrack({ from: { type: 'issue' } })",
    );
    expect(callText('hub.deleteObject', 'issue:1', { actions: 'keep' })).toBe(
      "hub.deleteObject('issue:1', { actions: 'keep' })",
    );
  });
});

describe('the switches for following', () => {
  const tracker = (tracked: Tracker['tracked']): Tracker => ({
    id: 't',
    user: { type: 'user', id: 'ada' },
    tracked,
    verbs: [],
    actorOnly: false,
    createdAt: '',
    since: '',
  });

  it('are the project, the other team members, and for the team all comments', () => {
    const names = (id: string) => {
      const person = users.find((each) => each.id === id);
      return person ? followable(person, users).map(({ name }) => name) : [];
    };
    expect(names('ada')).toEqual(['Website', 'Grace', 'Katherine', 'Alan', 'All comments']);
    expect(names('monalisa')).toEqual(['Website', 'Ada', 'Grace', 'Katherine', 'Alan']);
  });

  it('are found by their tracker', () => {
    const [person] = team;
    const [website, other, , , comments] = person ? followable(person, users) : [];
    if (!website || !other || !comments) throw new Error('the team has something to follow');
    const project = tracker({ type: 'project', id: 'website', name: 'Website' });
    expect([website, other, comments].map(({ input }) => isTracked(input, [project]))).toEqual([
      true,
      false,
      false,
    ]);
    expect(isTracked(comments.input, [tracker({ type: 'issue' })])).toBe(true);
    expect(isTracked(comments.input, [tracker({ type: 'issue', id: 'website/1' })])).toBe(false);
  });

  it('show what every team member follows from the start', () => {
    for (const person of team) {
      const inputs = followable(person, users).map(({ input }) => input);
      for (const { to } of person.follows) {
        expect(inputs, person.id).toContainEqual(expect.objectContaining({ to }));
      }
    }
  });
});

describe('the stopwatch', () => {
  it('measures whichever comes first, the push or the response', () => {
    const watch = new Stopwatch();
    expect(watch.sent('a', 100)).toBeUndefined();
    expect(watch.arrived('a', 112)).toBe(12);
    expect(watch.arrived('b', 230)).toBeUndefined();
    expect(watch.sent('b', 200)).toBe(30);
  });

  it('measures once, because a later change is not a new delivery', () => {
    const watch = new Stopwatch();
    watch.sent('a', 100);
    watch.arrived('a', 110);
    expect(watch.arrived('a', 900)).toBeUndefined();
  });

  it('forgets the oldest of many', () => {
    const watch = new Stopwatch();
    for (let n = 0; n <= 200; n += 1) watch.sent(String(n), n);
    expect(watch.arrived('0', 1_000)).toBeUndefined();
    expect(watch.arrived('200', 1_000)).toBe(800);
  });
});
