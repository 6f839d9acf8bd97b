/** Text handlers that block their gateway: the watchdog finds them, and the default texts are used. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { Api } from '../support/http.ts';
import { HubProcess, HubProcesses } from '../support/processes.ts';
import { serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const CONFIGURATION = `
const loop = async () => { await null; for (;;); };

export default {
  handlers: [
    { verb: 'loops in text', text: loop },
  ],
};
`;

let folder: string;
let hub: HubProcesses;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-gateway-crashes-'));
  const path = join(folder, 'hub.config.mjs');
  await writeFile(path, CONFIGURATION);
  const settings = { HUBBUB_CONFIG: path, NODE_OPTIONS: '--max-old-space-size=200' };
  hub = await HubProcesses.start({ gateways: 1, workers: 1, settings });
});
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

/** Requests a feed until it gets a response; restarts the gateway whenever it ends. */
async function feedAfterDeaths(main: 'server/main.ts' | 'demo/gateway.ts', user: string) {
  const gateways: HubProcess[] = [];
  let url = '';
  let isOver = false;
  const supervising = (async () => {
    while (!isOver) {
      const gateway = new HubProcess(main, { ...hub.services.env });
      gateways.push(gateway);
      const { port } = await gateway.ready;
      url = `http://127.0.0.1:${port}`;
      if (!isOver) await once(gateway.child, 'exit');
    }
  })();
  try {
    const feed = await until(
      async () => {
        const response = await new Api(url, await serviceToken()).get<FeedPage>(`/v1/users/${user}/feed`);
        return response.status === 200 ? response.body : null;
      },
      'an answer',
      180_000,
    );
    const logged = [...hub.gateways, ...hub.workers, ...gateways].flatMap((each) => each.logged);
    return { texts: feed.items.map(({ action }) => action.text), logged, deaths: gateways.length - 1 };
  } finally {
    isOver = true;
    for (const gateway of gateways) await gateway.stop('SIGKILL');
    await supervising.catch(() => undefined);
  }
}

async function log(verb: string, user: string): Promise<void> {
  const service = new Api(hub.urls[0] ?? '', await serviceToken());
  const action = { actor: 'user:ada', verb, targets: 'issue:1', notify: [user] };
  expect((await service.post<LogAnswer>('/v1/actions', action)).status).toBe(202);
  await until(
    async () => (await service.get<{ unread: number }>(`/v1/users/${user}/feed/counts`)).body.unread === 1,
    'it arrives',
  );
}

test('a text that loops ends the demo gateway once', { timeout: 200_000 }, async () => {
  await log('loops in text', 'lou');
  const { texts, logged, deaths } = await feedAfterDeaths('demo/gateway.ts', 'lou');
  expect(texts).toEqual(['ada loops in text issue 1']);
  expect(deaths).toBe(1);
  const about = { verb: 'loops in text', part: 'text' };
  expect(logged).toContainEqual(
    expect.objectContaining({ msg: 'killing process: handler blocks the main thread', ...about }),
  );
});
