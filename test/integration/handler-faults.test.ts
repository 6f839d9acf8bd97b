/** Handlers that fail outside their call, or try to end the process: gateways and workers go on, and nothing is lost. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { TestSocket } from '../support/socket.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const CONFIGURATION = `
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs';
import { connect } from 'node:net';

const fail = (what) => { throw new Error(what); };
const deeds = {
  timer: () => void setTimeout(() => fail('timer')),
  immediate: () => void setImmediate(() => fail('immediate')),
  tick: () => process.nextTick(() => fail('tick')),
  microtask: () => queueMicrotask(() => fail('microtask')),
  promise: () => void Promise.resolve().then(() => fail('promise')),
  emitter: () => { const it = new EventEmitter(); setTimeout(() => it.emit('error', new Error('emitter'))); },
  file: () => readFile('/', () => fail('file')),
  socket: () => void connect(1, '127.0.0.1'),
  exit: () => process.exit(0),
  'later exit': () => void setTimeout(() => process.exit(0)),
  abort: () => process.abort(),
  kill: () => void process.kill(process.pid, 'SIGKILL'),
};
// Also what the module itself leaves behind.
setTimeout(() => fail('module'), 50);

export default {
  visible: (action, userIds) => {
    if (action.verb.endsWith(' in visible')) deeds[action.verb.slice(0, -' in visible'.length)]();
    return userIds;
  },
  handlers: Object.entries(deeds).flatMap(([name, deed]) => [
    { verb: name + ' in group', groupingDelay: 60, group: () => { deed(); return false; } },
    { verb: name + ' in combineWith', groupingDelay: -1, combineWith: { [name + ' in combineWith']: () => { deed(); return false; } } },
    { verb: name + ' in text', text: () => { deed(); return 'as it should be'; } },
  ]),
};
`;

const DEEDS = [
  'timer',
  'immediate',
  'tick',
  'microtask',
  'promise',
  'emitter',
  'file',
  'socket',
  'exit',
  'later exit',
  'abort',
  'kill',
];
const PARTS = ['group', 'combineWith', 'text', 'visible'];

let folder: string;
let hub: HubProcesses;
let service: Api;
let url: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-faults-'));
  const path = join(folder, 'hub.config.mjs');
  await writeFile(path, CONFIGURATION);
  hub = await HubProcesses.start({ gateways: 1, workers: 1, settings: { HUBBUB_CONFIG: path } });
  url = hub.urls[0] ?? '';
  service = new Api(url, await serviceToken());
});
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

const faults = () => [...hub.gateways, ...hub.workers].flatMap(({ logged }) => logged);

describe.each(PARTS)('what a handler does in %s', (part) => {
  test.each(DEEDS)('by %s stays its own fault', async (deed) => {
    const verb = `${deed} in ${part}`;
    const user = `reader of ${verb}`;
    const reader = await TestSocket.connect(url, await tokenFor(user));
    // The same actor, so the same lane; one batch, so that they may combine.
    // The second one's targets are among those of the first, but not the same: the default rules keep them apart.
    const actions = [
      { verb, targets: ['issue:1', 'issue:2'], related: 'project:1' },
      { verb, targets: ['issue:1'], related: 'project:2' },
      { verb: 'said', targets: ['issue:3'] },
    ].map((each) => ({ actor: 'user:ada', notify: [user], ...each }));
    const { body } = await service.post<LogAnswer>('/v1/actions', { actions });
    const arrived = () => new Set(reader.items.map(({ item }) => item.action.id));
    const due = part === 'visible' && ['exit', 'abort', 'kill'].includes(deed) ? body.ids.slice(2) : body.ids;
    await until(() => due.every((id) => arrived().has(id)), 'what was logged arrives');
    await until(
      () => faults().find((line) => line.msg === 'a handler failed' && line.verb === verb),
      'the fault is logged',
    );
    reader.close();
    const { body: page } = await service.get<FeedPage>(`/v1/users/${encodeURIComponent(user)}/feed`);
    expect(page.items.map(({ action }) => action.id)).toEqual(expect.arrayContaining(due));
    for (const { child } of [...hub.gateways, ...hub.workers]) {
      expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    }
  });
});

test('what the configuration module leaves behind is its own fault', () => {
  expect(faults()).toContainEqual(
    expect.objectContaining({ part: 'module', err: expect.objectContaining({ message: 'module' }) }),
  );
});
