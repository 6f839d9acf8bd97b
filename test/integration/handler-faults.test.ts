/** Handlers that fail outside their call, or try to end the process: gateways and workers continue, and nothing is lost. */
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
const interactions = {
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
// Also an error that the module itself causes later.
setTimeout(() => fail('module'), 50);

export default {
  visible: (action, userIds) => {
    if (action.verb.endsWith(' in visible')) interactions[action.verb.slice(0, -' in visible'.length)]();
    return userIds;
  },
  handlers: Object.entries(interactions).flatMap(([name, interact]) => [
    { verb: name + ' in group', groupingDelay: 60, group: () => { interact(); return false; } },
    { verb: name + ' in combineWith', groupingDelay: -1, combineWith: { [name + ' in combineWith']: () => { interact(); return false; } } },
    { verb: name + ' in text', text: () => { interact(); return 'as it should be'; } },
  ]),
};
`;

const MISBEHAVIORS = [
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

describe.each(PARTS)('a fault of a handler in %s', (part) => {
  test.each(MISBEHAVIORS)('is isolated: %s', async (misbehavior) => {
    const verb = `${misbehavior} in ${part}`;
    const user = `reader of ${verb}`;
    const reader = await TestSocket.connect(url, await tokenFor(user));
    // The same actor, so the same partition; one batch, so that they may combine.
    // The second one's targets are a subset of the first one's, so the default rules do not merge them.
    const actions = [
      { verb, targets: ['issue:1', 'issue:2'], related: 'project:1' },
      { verb, targets: ['issue:1'], related: 'project:2' },
      { verb: 'said', targets: ['issue:3'] },
    ].map((each) => ({ actor: 'user:ada', notify: [user], ...each }));
    const { body } = await service.post<LogAnswer>('/v1/actions', { actions });
    const receivedIds = () => new Set(reader.items.map(({ item }) => item.action.id));
    const expectedIds =
      part === 'visible' && ['exit', 'abort', 'kill'].includes(misbehavior) ? body.ids.slice(2) : body.ids;
    await until(() => expectedIds.every((id) => receivedIds().has(id)), 'the logged actions arrive');
    await until(
      () => faults().find((line) => line.msg === 'handler failed' && line.verb === verb),
      'the fault is logged',
    );
    reader.close();
    const { body: page } = await service.get<FeedPage>(`/v1/users/${encodeURIComponent(user)}/feed`);
    expect(page.items.map(({ action }) => action.id)).toEqual(expect.arrayContaining(expectedIds));
    for (const { child } of [...hub.gateways, ...hub.workers]) {
      expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    }
  });
});

test('a fault of the configuration module is isolated', () => {
  expect(faults()).toContainEqual(
    expect.objectContaining({ part: 'module', err: expect.objectContaining({ message: 'module' }) }),
  );
});
