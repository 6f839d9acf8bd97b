import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedItem, FeedPage } from '../../protocol/entities.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { TestSocket } from '../support/socket.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const USERS = 50;
const ACTIONS = 1_000;
const PROJECTS = 20;

let hub: HubProcesses;
beforeAll(async () => {
  hub = await HubProcesses.start({ gateways: 2, workers: 2 });
});
afterAll(() => hub.close());

const urlOf = (index: number): string => hub.urls[index % hub.urls.length] ?? '';
const user = (index: number): string => `user-${index}`;

/** User n follows project n modulo 20 in any role, and the actor bob-m, m = n modulo 7. */
const follows = (index: number) => ({ project: index % PROJECTS, actor: index % 7 });
/** Action n is bob-m's, m = n modulo 11, in project n modulo 20. */
const shouldSee = (userIndex: number, actionIndex: number): boolean => {
  const { project, actor } = follows(userIndex);
  return actionIndex % PROJECTS === project || actionIndex % 11 === actor;
};

test('two gateways and two workers deliver every action to exactly its followers, once', {
  timeout: 180_000,
}, async () => {
  const service = new Api(urlOf(0), await serviceToken());
  const sockets: TestSocket[] = [];
  for (let index = 0; index < USERS; index += 1) {
    const { project, actor } = follows(index);
    await service.post(`/v1/users/${user(index)}/track`, { to: `project:${project}`, actorOnly: false });
    await service.post(`/v1/users/${user(index)}/track`, { to: `user:bob-${actor}` });
    sockets.push(await TestSocket.connect(urlOf(index), await tokenFor(user(index))));
  }

  const ids: string[] = [];
  await Promise.all(
    hub.urls.map(async (url, gateway) => {
      const api = new Api(url, await serviceToken());
      for (let index = gateway; index < ACTIONS; index += hub.urls.length) {
        const { status, body } = await api.post<{ ids: string[] }>('/v1/actions', {
          actor: `user:bob-${index % 11}`,
          verb: 'touched',
          related: `project:${index % PROJECTS}`,
          index,
        });
        expect(status).toBe(202);
        ids[index] = body.ids[0] ?? '';
      }
    }),
  );
  expect(new Set(ids).size).toBe(ACTIONS);

  for (const [index, socket] of sockets.entries()) {
    const expected = ids.filter((_, action) => shouldSee(index, action)).sort();
    expect(expected.length).toBeGreaterThan(0);
    await until(() => socket.items.length >= expected.length, `all pushes of ${user(index)}`);
    await until(() => socket.counts.at(-1)?.unread === expected.length, `the count of ${user(index)}`);
    const pushed = socket.items.map(({ item }) => item.action.id).sort();
    expect(pushed).toEqual(expected);

    const listed = await everything(socket);
    expect(listed.map((item) => item.action.id).sort()).toEqual(expected);
    const { counts } = await socket.get<FeedPage>('feed:list', { limit: 1 });
    expect(counts.unread).toBe(listed.filter((item) => item.unread).length);
    expect(socket.otherEvents).toEqual([]);
    socket.close();
  }
});

async function everything(socket: TestSocket): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  let cursor: string | null = null;
  do {
    const page: FeedPage = await socket.get('feed:list', { limit: 100, ...(cursor && { cursor }) });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}
