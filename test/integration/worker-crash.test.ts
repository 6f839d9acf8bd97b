import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedPage } from '../../protocol/entities.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { TestSocket } from '../support/socket.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const ACTIONS = 400;

let hub: HubProcesses;
beforeAll(async () => {
  hub = await HubProcesses.start({ gateways: 1, workers: 1 });
});
afterAll(() => hub.close());

test('workers killed under load lose nothing and duplicate nothing', { timeout: 180_000 }, async () => {
  const url = hub.urls[0] ?? '';
  const service = new Api(url, await serviceToken());
  await service.post('/v1/users/ada/track', { to: 'project:p1', actorOnly: false });
  const ada = await TestSocket.connect(url, await tokenFor('ada'));
  const ids: string[] = [];
  for (let index = 0; index < ACTIONS; index += 1) {
    const { body } = await service.post<{ ids: string[] }>('/v1/actions', {
      actor: `user:bob-${index % 5}`,
      verb: 'touched',
      related: 'project:p1',
    });
    ids.push(...body.ids);
    // Kills it during its work: it has started to deliver, and more actions arrive.
    if (index === ACTIONS / 4 || index === ACTIONS / 2) {
      await until(() => ada.items.length > 0, 'a first delivery');
      await hub.workers.at(-1)?.stop('SIGKILL');
      await hub.addWorker();
    }
  }
  const arrived = () => new Set(ada.items.map(({ item }) => item.action.id));
  await until(() => arrived().size === ACTIONS, 'every action is delivered', 100_000);
  await until(() => ada.counts.at(-1)?.unread === ACTIONS, 'the count is right');
  expect([...arrived()].sort()).toEqual([...ids].sort());

  const listed: string[] = [];
  let cursor: string | null = null;
  do {
    const page: FeedPage = await ada.get('feed:list', { limit: 100, ...(cursor && { cursor }) });
    listed.push(...page.items.map((item) => item.action.id));
    cursor = page.nextCursor;
  } while (cursor);
  expect(listed.sort()).toEqual([...ids].sort());
  ada.close();
});
