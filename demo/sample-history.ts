/** Sample actions of the project's past, so that inboxes and the timeline are not empty. Pure. */
import type { ActionInput } from '../protocol/entities.ts';
import { type Issue, issueId, issueRef, project, verbs } from './page/project.ts';
import { reviewButtons } from './reviews.ts';
import { team, userRef } from './users.ts';

export interface SampleHistory {
  issues: Issue[];
  /** Batches of actions, in chronological order. */
  batches: ActionInput[][];
  /** Earlier actions arrive already read (ISO 8601). */
  unreadSince: string;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const titles = [
  'Fix the login button',
  'Add a dark theme',
  'Speed up the search',
  'Mend the footer’s links',
  'Describe all pictures',
  'Translate the price list',
  'Welcome new customers',
] as const;

/** `now`: milliseconds since 1970. Ids contain it, because the ids of deleted objects must not be reused. */
export function createSampleHistory(now: number): SampleHistory {
  const runId = now.toString(36);
  const issues = titles.map((title, n) => ({ id: issueId(`${runId}-${n + 1}`), title, open: n !== 3 }));

  const createAction = (
    user: string,
    verb: string,
    age: number,
    issueIndex: number | null,
    overrides: Partial<ActionInput> = {},
  ): ActionInput => {
    const actor = team.find(({ id }) => id === user);
    const subject = issueIndex === null ? undefined : issues[issueIndex];
    return {
      actor: actor === undefined ? `user:${user}` : userRef(actor),
      verb,
      targets: subject === undefined ? [project] : [issueRef(subject)],
      related: subject === undefined ? [] : [project],
      timestamp: new Date(now - age).toISOString(),
      groupingDelay: 0,
      ...overrides,
    };
  };
  // Opened in separate actions, so that deleting an issue with its history affects no other issue.
  const authors = ['katherine', 'katherine', 'alan', 'grace', 'ada', 'katherine', 'alan'];
  const opened = authors.map((user, n) =>
    createAction(user, verbs.opened, 3 * day - n * 5 * hour, n, { groupingDelay: -1 }),
  );
  return {
    issues,
    batches: [
      ...opened.map((action) => [action]),
      [
        createAction('katherine', verbs.commented, 26 * hour, 2, {
          body: 'It takes 4 seconds on my phone.',
        }),
      ],
      [createAction('alan', verbs.closed, 5 * hour, 3)],
      // Similar actions in one batch: they become one item.
      [0, 1, 4].map((issue) =>
        createAction('katherine', verbs.commented, 2 * hour - issue * minute, issue, { related: [project] }),
      ),
      [createAction('alan', verbs.starred, 48 * minute, null)],
      [createAction('katherine', verbs.starred, 12 * minute, null)],
      [
        createAction('alan', verbs.delayed, 9 * minute, null, {
          actor: null,
          targets: { type: 'build', id: 'nightly', name: 'The nightly build' },
          related: project,
          level: 'WARNING',
          body: 'The tests took 41 minutes. Last week they took 25.',
        }),
      ],
      [
        createAction('katherine', verbs.requestedReview, 4 * minute, 1, {
          body: 'The colours are final.\nPlease check them on a phone, in the sun and at night.',
          url: '#board',
          buttons: reviewButtons,
        }),
      ],
    ],
    unreadSince: new Date(now - 6 * hour).toISOString(),
  };
}
