/** After random steps, a whole hub and its open pages match docs/rules.md. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connect, type Hub } from '../../client-sdk/client/src/index.ts';
import { TestHub } from '../support/hub.ts';
import { HttpHubAdapter } from '../support/model/http-hub-adapter.ts';
import { definitionOf } from '../support/model/hub-definition.ts';
import { bareItem } from '../support/model/memory-hub-adapter.ts';
import { RuleRun } from '../support/model/rule-run.ts';
import { type RuleStep, type Rules, ruleSteps } from '../support/model/rule-steps.ts';
import { users } from '../support/model/world.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

/** The configurations of gateways and workers. */
const configurations: Record<string, Rules> = {
  'with defaults, and groups of a minute': {
    ownActions: 'read',
    regroup: 'bump',
    visibility: 'all',
    groupingDelay: 60,
    delays: {},
    combine: [],
    group: {},
  },
  'that keeps the order of items, with handlers': {
    ownActions: 'unread',
    regroup: 'keep',
    visibility: 'all',
    groupingDelay: 0,
    delays: { opened: 60 },
    combine: [
      { verb: 'opened', other: 'closed', predicate: 'louder' },
      { verb: 'closed', other: 'opened', predicate: 'always' },
    ],
    group: { starred: 'always' },
  },
  'that hides own actions, and groups by a handler': {
    ownActions: 'hide',
    regroup: 'bump',
    visibility: 'short',
    groupingDelay: 60,
    delays: { closed: -1 },
    combine: [{ verb: 'starred', other: 'opened', predicate: 'fewer' }],
    group: { opened: 'fewer' },
  },
};
const CASES = 17;

/** Opens a page for each user, at alternating gateways. */
async function open(hub: TestHub, space: string): Promise<Map<string, Hub>> {
  const pages = new Map<string, Hub>();
  for (const [index, user] of users.entries()) {
    const url = hub.urls[index % hub.urls.length] ?? hub.url;
    const page = connect(url, { token: () => tokenFor(user, { space, scope: 'feed' }) });
    page.feed.subscribe(() => undefined);
    pages.set(user, page);
  }
  for (const { feed } of pages.values()) await until(() => feed.getSnapshot().status === 'ready', 'a page');
  return pages;
}

describe.each(Object.entries(configurations))('a hub %s', (_, rules) => {
  it('follows the rules, and so do its live pages', async () => {
    const hub = await TestHub.start({ gateways: 2, workers: 2, hub: definitionOf(rules) });
    let cases = 0;
    const follows = async (steps: readonly RuleStep[]) => {
      cases += 1;
      const space = `case-${cases}`;
      const pages = await open(hub, space);
      try {
        const apis = [
          await hub.service({ space }),
          await hub.api('backend', { space, scope: 'service' }, hub.urls[1]),
        ];
        const run = new RuleRun(new HttpHubAdapter(apis), rules);
        for (const step of steps) {
          await run.do(step);
          const response = run.results.at(-1);
          expect(response?.hub).toEqual(response?.model);
        }
        const expected = run.expected();
        expect(await run.storedState()).toEqual(expected);
        for (const [user, { feed }] of pages) {
          // A deleted user has no connection.
          if (run.model.isDeletedUser(user)) continue;
          const live = () => {
            const { items, counts } = feed.getSnapshot();
            return { items: items.map(bareItem), counts };
          };
          await until(() => same(live(), expected.feeds[user]), `the page of ${user}`, 10_000).catch(
            () => undefined,
          );
          expect(live()).toEqual(expected.feeds[user]);
        }
      } finally {
        for (const page of pages.values()) page.close();
      }
    };
    try {
      await fc.assert(fc.asyncProperty(ruleSteps(12), follows), { numRuns: CASES, endOnFailure: true });
    } finally {
      await hub.close();
    }
  }, 180_000);
});

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
