/** What happened in the project before the visitor came: so that inboxes and the timeline have something to show. Pure. */
import type { ActionInput } from '../protocol/entities.ts';
import { team, userRef } from './cast.ts';
import { type Issue, issueId, issueRef, project, verbs } from './page/project.ts';

export interface Story {
  issues: Issue[];
  /** In the order in which they happened, each a batch of its own where it stands in a list of its own. */
  batches: ActionInput[][];
  /** What happened earlier arrives read (ISO 8601). */
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

/** `now`: milliseconds since 1970. Ids hold it, as what was deleted may never be named again. */
export function tellStory(now: number): Story {
  const run = now.toString(36);
  const issues = titles.map((title, n) => ({ id: issueId(`${run}-${n + 1}`), title, open: n !== 3 }));

  const did = (
    user: string,
    verb: string,
    ago: number,
    issue: number | null,
    more: Partial<ActionInput> = {},
  ): ActionInput => {
    const actor = team.find(({ id }) => id === user);
    const about = issue === null ? undefined : issues[issue];
    return {
      actor: actor === undefined ? `user:${user}` : userRef(actor),
      verb,
      targets: about === undefined ? [project] : [issueRef(about)],
      related: about === undefined ? [] : [project],
      timestamp: new Date(now - ago).toISOString(),
      groupingDelay: 0,
      ...more,
    };
  };
  // Opened one by one: what a later deletion takes with it must be that issue's alone.
  const openers = ['katherine', 'katherine', 'alan', 'grace', 'ada', 'katherine', 'alan'];
  const opened = openers.map((user, n) =>
    did(user, verbs.opened, 3 * day - n * 5 * hour, n, { groupingDelay: -1 }),
  );
  return {
    issues,
    batches: [
      ...opened.map((action) => [action]),
      [
        did('katherine', verbs.commented, 26 * hour, 2, {
          data: { excerpt: 'It takes 4 seconds on my phone.' },
        }),
      ],
      [did('alan', verbs.closed, 5 * hour, 3)],
      // One batch, and similar: they become one entry.
      [0, 1, 4].map((issue) =>
        did('katherine', verbs.commented, 2 * hour - issue * minute, issue, { related: [project] }),
      ),
      [did('alan', verbs.starred, 48 * minute, null)],
      [did('katherine', verbs.starred, 12 * minute, null)],
    ],
    unreadSince: new Date(now - 6 * hour).toISOString(),
  };
}
