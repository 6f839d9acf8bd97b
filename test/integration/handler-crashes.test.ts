/** Handlers that crash their process: it restarts, and after a few crashes it continues without them. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeadLetter, FeedPage, LogAnswer, Page } from '../../protocol/entities.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const CONFIGURATION = `
const loop = async () => { await null; for (;;); };
const bomb = async () => { await null; const held = []; for (;;) held.push(new Array(100_000).fill(held.length)); };

export default {
  visible: async (action, userIds) => {
    if (action.verb === 'loops in visible') await loop();
    return userIds;
  },
  handlers: [
    { verb: 'loops in group', groupingDelay: 60, group: loop },
    { verb: 'loops in combineWith', combineWith: { 'loops in combineWith': loop } },
    { verb: 'bombs in group', groupingDelay: 60, group: bomb },
  ],
};
`;

let folder: string;
let hub: HubProcesses;
let service: Api;
let isOver = false;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-crashes-'));
  const path = join(folder, 'hub.config.mjs');
  await writeFile(path, CONFIGURATION);
  const settings = { HUBBUB_CONFIG: path, NODE_OPTIONS: '--max-old-space-size=200' };
  hub = await HubProcesses.start({ gateways: 1, workers: 1, settings });
  service = new Api(hub.urls[0] ?? '', await serviceToken());
  void supervise();
});
afterAll(async () => {
  isOver = true;
  await hub.close();
  await rm(folder, { recursive: true });
});

/** Starts a new worker when one ends. */
async function supervise(): Promise<void> {
  while (!isOver) {
    const worker = hub.workers.at(-1);
    if (worker && worker.child.exitCode === null && worker.child.signalCode === null) {
      await once(worker.child, 'exit');
    }
    if (!isOver) await hub.addWorker().catch(() => undefined);
  }
}

const logged = (msg: string) =>
  hub.workers.flatMap((worker) => worker.logged.filter((line) => line.msg === msg));
const feedOf = async (user: string) =>
  (await service.get<FeedPage>(`/v1/users/${user}/feed`)).body.items.map(({ action }) => action.id);

/** Logs two actions of the verb, so that the handler is called, and one after them in the same partition. */
async function log(verb: string, user: string): Promise<string[]> {
  const actions = [verb, verb, 'said'].map((each, index) => ({
    actor: 'user:ada',
    verb: each,
    notify: [user],
    targets: index === 1 ? ['issue:1'] : ['issue:1', 'issue:2'],
    related: `project:${index}`,
  }));
  return (await service.post<LogAnswer>('/v1/actions', { actions })).body.ids;
}

test.each(['loops in group', 'loops in combineWith', 'bombs in group'])(
  'an action that %s is stored by the default rule, and its partition continues',
  { timeout: 200_000 },
  async (verb) => {
    const user = verb.replaceAll(' ', '-');
    const ids = await log(verb, user);
    await until(async () => (await feedOf(user)).length === ids.length, 'all of them arrive', 180_000);
    expect((await feedOf(user)).sort()).toEqual([...ids].sort());
    const notified = [
      ...logged('killing process: handler blocks the main thread'),
      ...logged('opened handler circuit in all processes'),
    ];
    expect(notified).toContainEqual(expect.objectContaining({ verb }));
    const { body } = await service.get<Page<DeadLetter>>('/v1/dead-letters');
    expect(body.items).toEqual([]);
  },
);

test('an action on which visible loops is in no feed, and its partition continues', {
  timeout: 200_000,
}, async () => {
  const ids = await log('loops in visible', 'vera');
  await until(async () => (await feedOf('vera')).includes(ids[2] ?? ''), 'the partition continues', 180_000);
  expect(await feedOf('vera')).toEqual(ids.slice(2));
  expect(logged('killing process: handler blocks the main thread')).toContainEqual(
    expect.objectContaining({ verb: 'loops in visible', part: 'visible' }),
  );
});
