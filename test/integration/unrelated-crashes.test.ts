/** Workers that are killed for other reasons do not count against their batches and handlers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeadLetter, FeedPage, LogAnswer, Page } from '../../protocol/entities.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const KILLS = 30;
/** Correct but slow handlers, so that calls are running when workers are killed. */
const CONFIGURATION = `
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
export default {
  visible: async (action, userIds) => { await pause(); return userIds; },
  handlers: [{ verb: 'said', groupingDelay: 60, group: async () => { await pause(); return false; } }],
};
`;

let folder: string;
let hub: HubProcesses;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-innocent-'));
  const path = join(folder, 'hub.config.mjs');
  await writeFile(path, CONFIGURATION);
  hub = await HubProcesses.start({ gateways: 1, workers: 2, settings: { HUBBUB_CONFIG: path } });
});
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

test('30 kills under load dead-letter nothing and open no handler circuit', {
  timeout: 400_000,
}, async () => {
  const service = new Api(hub.urls[0] ?? '', await serviceToken());
  const ids: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const actions = Array.from({ length: 20 }, (_, index) => ({
      actor: `user:${index % 4}`,
      verb: 'said',
      notify: ['ada'],
      targets: `issue:${kill}-${index}`,
      related: `project:${kill}-${index}`,
    }));
    const { body } = await service.post<LogAnswer>('/v1/actions', { actions });
    ids.push(...body.ids);
    await hub.workers.at(-2)?.stop('SIGKILL');
    await hub.addWorker();
  }
  const feed = async () => {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page = await service.get<FeedPage>(`/v1/users/ada/feed?limit=100${query}`);
      found.push(...page.body.items.map(({ action }) => action.id));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    return found;
  };
  await until(async () => (await feed()).length >= ids.length, 'all of them arrive', 120_000);
  expect((await feed()).sort()).toEqual([...ids].sort());
  expect((await service.get<Page<DeadLetter>>('/v1/dead-letters')).body.items).toEqual([]);
  const wrong = ['opened handler circuit in all processes', 'moved batch to dead letters'];
  const logged = hub.workers.flatMap(({ logged }) => logged);
  const deaths = logged.filter(({ msg }) => msg === 'process died in a handler');
  expect(
    logged.filter(({ msg }) => wrong.includes(String(msg))),
    JSON.stringify(deaths),
  ).toEqual([]);
});
