import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { connect, type Hub } from '../../client-sdk/client/src/index.ts';
import type { Action, ActionInput, FeedPage } from '../../protocol/entities.ts';
import {
  bare,
  batchOf,
  describeActions,
  describeFeed,
  describeUnread,
  type Outcome,
  type Scenario,
  scenarios,
} from './conformance.ts';
import type { Api, ApiResponse } from './http.ts';
import type { TestHub } from './hub.ts';
import { serviceToken, tokenFor } from './tokens.ts';
import { until } from './until.ts';

/**
 * Defines the tests of all scenarios, through HTTP and through the SDK. `start` starts a hub with two gateways, two workers and
 * `scenarioHub`. Its Redis may be of any kind.
 */
export function testConformance(start: () => Promise<TestHub>): void {
  const users = ['u0', 'u1', 'u2'];

  let hub: TestHub;
  beforeAll(async () => {
    hub = await start();
  });
  afterAll(() => hub.close());

  const done = ({ status, body }: ApiResponse<unknown>): void => {
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  };

  /** Unlike a plain call, feeds are up to date when it returns. */
  async function post(service: Api, path: string, body: unknown): Promise<void> {
    const response = await service.post(`${path}?wait=1`, body);
    done(response);
    expect(response.status).toBe(200);
  }

  const page = async (service: Api, user: string): Promise<FeedPage> =>
    (await service.get<FeedPage>(`/v1/users/${user}/feed?limit=100`)).body;

  async function outcome(service: Api): Promise<Outcome> {
    const listed = await service.get<{ items: Action[] }>('/v1/actions?limit=100');
    done(listed);
    const actual: Outcome = { actions: describeActions(listed.body.items), feeds: {}, unread: {} };
    for (const user of users) {
      const { items, counts } = await page(service, user);
      actual.feeds[user] = describeFeed(items);
      actual.unread[user] = describeUnread(items);
      expect(counts.unread).toBe(actual.unread[user].length);
    }
    return actual;
  }

  describe('through HTTP', () => {
    async function run(service: Api, scenario: Scenario): Promise<void> {
      for (const step of scenario.steps) {
        if (step.op === 'log') {
          await post(service, '/v1/actions', { actions: batchOf(scenario, step.batch) });
        } else if (step.op === 'readAll') {
          await post(service, `/v1/users/${bare(step.user)}/feed/read`, { all: true });
        } else {
          const { op, user, ...input } = step;
          await post(service, `/v1/users/${bare(user)}/${op}`, input);
        }
      }
    }

    test.each(scenarios)('$name has the expected outcome', async (scenario) => {
      const service = await hub.service({ space: `http-${scenario.name}` });
      await run(service, scenario);
      expect(await outcome(service)).toEqual(scenario.expect);
    });
  });

  describe('through sockets, live', () => {
    async function client(token: () => Promise<string>, gateway: number): Promise<Hub> {
      const connected = connect(hub.urls[gateway] ?? hub.url, { token });
      onTestFinished(() => connected.close());
      await until(() => connected.connection.getSnapshot() === 'online', 'the connection');
      return connected;
    }

    /** A page that has loaded its empty feed and then receives only pushes. */
    async function watcher(user: string, space: string, gateway: number): Promise<Hub> {
      const connected = await client(() => tokenFor(user, { space, scope: 'feed' }), gateway);
      connected.feed.subscribe(() => undefined);
      await until(() => connected.feed.getSnapshot().status === 'ready', 'the first page');
      return connected;
    }

    async function run(
      service: Hub,
      watchers: Map<string, Hub>,
      scenario: Scenario,
      fresh: Api,
    ): Promise<void> {
      for (const step of scenario.steps) {
        if (step.op === 'log') {
          const actions: ActionInput[] = batchOf(scenario, step.batch);
          expect((await service.log(actions, { wait: true })).results).toHaveLength(actions.length);
          continue;
        }
        const user = bare(step.user);
        if (step.op === 'track') {
          const { to, verbs, actorOnly } = step;
          await service.track({ user, to, verbs, actorOnly });
        } else if (step.op === 'untrack') {
          await service.untrack({ user, from: step.from });
        } else {
          const feedItems = watchers.get(user)?.feed;
          // Marks the visible items, so the page must show all of them.
          await until(
            async () => same(feedItems?.getSnapshot().items, (await page(fresh, user)).items),
            'the page',
          );
          await feedItems?.markAllRead();
        }
      }
    }

    const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

    test.each(scenarios)('$name has the expected outcome', async (scenario) => {
      const space = `live-${scenario.name}`;
      const watchers = new Map<string, Hub>();
      for (const [index, user] of users.entries()) {
        watchers.set(user, await watcher(user, space, index % 2));
      }
      const service = await client(() => serviceToken({ space }), 1);
      const fresh = await hub.service({ space });
      await run(service, watchers, scenario, fresh);
      await until(
        async () => same(await outcome(fresh), scenario.expect),
        'the stored outcome',
        10_000,
      ).catch(() => undefined);
      expect(await outcome(fresh)).toEqual(scenario.expect);
      for (const [user, { feed }] of watchers) {
        const expected = { feed: scenario.expect.feeds[user], unread: scenario.expect.unread[user] };
        const live = () => {
          const { items } = feed.getSnapshot();
          return { feed: describeFeed(items), unread: describeUnread(items) };
        };
        await until(() => same(live(), expected), `the live feed of ${user}`, 10_000).catch(() => undefined);
        expect(live()).toEqual(expected);
        await until(() => feed.getSnapshot().counts.unread === expected.unread?.length, 'the count');
      }
    });
  });
}
