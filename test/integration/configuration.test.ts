/** The HUBBUB_CONFIG module, as the hub's processes load it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action, FeedItem, FeedPage, LogAnswer, RenderedAction } from '../../protocol/entities.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { isolatedServices } from '../support/services.ts';
import { TestSocket } from '../support/socket.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const urlOf = (hub: HubProcesses): string => hub.urls[0] ?? '';
const serviceOf = async (hub: HubProcesses): Promise<Api> => new Api(urlOf(hub), await serviceToken());

async function log(hub: HubProcesses, ...inputs: object[]): Promise<Action[]> {
  const actions = inputs.map((input) => ({ actor: 'user:ada', verb: 'said', notify: ['bob'], ...input }));
  const { status, body } = await (await serviceOf(hub)).post<LogAnswer>('/v1/actions?wait=1', { actions });
  expect([status, body]).toEqual([200, expect.objectContaining({ results: expect.anything() })]);
  return (body.results ?? []).map((result) => result.action);
}

async function feed(hub: HubProcesses, user: string, query = ''): Promise<FeedItem[]> {
  const response = await (await serviceOf(hub)).get<FeedPage>(`/v1/users/${user}/feed?limit=100${query}`);
  return response.body.items;
}

const itemOf = (items: readonly FeedItem[], action: Action | undefined): FeedItem | undefined =>
  items.find((item) => item.action.id === action?.id);

const faultsOf = (hub: HubProcesses): Array<Record<string, unknown>> =>
  [...hub.gateways, ...hub.workers].flatMap((each) =>
    each.logged.filter((line) => line.msg === 'handler failed'),
  );

const TYPESCRIPT = `
import { defineHandler, defineHub, type HandledAction } from 'hubbub/config';
import { shouted } from './shouted.ts';

enum Place { Here = 'here' }
let calls = 0;
const nameOf = ({ actor }: HandledAction): string => actor?.name ?? 'nobody';

export default defineHub({
  levels: { WHISPERED: 5, SAID: 40, SHOUTED: 60 },
  defaultLevel: 'SAID',
  readableLevel: 'SAID',
  visible: async (action, userIds) => {
    if (action.verb === 'checked twice' && calls++ === 0) throw new Error('not now');
    if (action.verb === 'checked who may know') throw new Error('nobody knows');
    return action.verb === 'confided' ? userIds.filter((id) => id !== 'eve') : userIds;
  },
  handlers: [
    defineHandler({ verb: 'whispered', level: 'WHISPERED' }),
    {
      verb: 'shouted',
      level: 60,
      groupingDelay: 3_600,
      group: (newer, older) => newer.data.about === older.data.about,
      text: (action, { locale, user, context }) =>
        [shouted(nameOf(action)), Place.Here, locale, user, JSON.stringify(context)].join(' '),
    },
    {
      verb: 'threw',
      groupingDelay: 3_600,
      combineWith: { said: () => { throw new Error('combine'); } },
      group: () => { throw new Error('group'); },
      text: () => { throw new Error('text'); },
    },
    { verb: 'strayed', text: () => { void Promise.reject(new Error('strayed')); return 'as it should'; } },
    { verb: 'looped', groupingDelay: 3_600, group: () => { for (;;); } },
    { verb: 'hung', groupingDelay: 3_600, group: () => new Promise(() => undefined) },
  ],
});
`;

describe('a configuration in TypeScript', () => {
  let hub: HubProcesses;
  beforeAll(async () => {
    await written('shouted.ts', 'export const shouted = (name: string): string => name.toUpperCase();\n');
    const path = await written('hub.config.ts', TYPESCRIPT);
    hub = await HubProcesses.start({ gateways: 1, workers: 1, settings: { HUBBUB_CONFIG: path } });
  });
  afterAll(() => hub.close());

  test('defines levels, the levels of verbs, and the readable level', async () => {
    const [plain, named, given, quiet] = await log(
      hub,
      {},
      { verb: 'shouted' },
      { level: 'SHOUTED', verb: 'sang' },
      { verb: 'whispered' },
    );
    expect([plain, named, given, quiet].map((action) => action?.level)).toEqual([40, 60, 60, 5]);
    const items = await feed(hub, 'bob');
    expect([plain, named, given, quiet].map((action) => itemOf(items, action) !== undefined)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    const loud = await feed(hub, 'bob', '&level=SHOUTED');
    expect(itemOf(loud, plain)).toBeUndefined();
    expect(itemOf(loud, given)).toBeDefined();
    const refused = await (await serviceOf(hub)).post('/v1/actions', {
      actor: 'user:ada',
      verb: 'said',
      level: 'INFO',
    });
    expect(refused).toMatchObject({
      status: 400,
      body: {
        fields: [{ path: 'level', message: 'must be a number or one of WHISPERED, SAID, SHOUTED' }],
      },
    });
  });

  test('gives texts by language and reader, in pushes, lists, changes, responses and rendering', async () => {
    const user = 'cleo';
    const actor = { type: 'user', id: 'ada', name: 'Ada' };
    const [german, plain] = await Promise.all(
      [{ locale: 'de' }, {}].map(async (auth) => TestSocket.connect(urlOf(hub), await tokenFor(user), auth)),
    );
    const position = (await german?.get<FeedPage>('feed:list', {}))?.position;
    const [action] = await log(hub, { actor, verb: 'shouted', notify: [user], about: 'texts' });
    const text = (locale: string, reader: string | null = user, context = '{}') =>
      `ADA here ${locale} ${reader ?? ''} ${context}`;
    expect(action?.text).toBe(text('en', null));
    for (const [socket, locale] of [
      [german, 'de'],
      [plain, 'en'],
    ] as const) {
      const pushed = await until(() => socket?.items.find(({ item }) => item.action.id === action?.id));
      expect(pushed.item.action.text).toBe(text(locale));
      const listed = await socket?.get<FeedPage>('feed:list', {});
      expect(listed?.items[0]?.action.text).toBe(text(locale));
      const changed = await socket?.get<{ items: FeedItem[] }>('feed:changes', { position });
      expect(changed?.items[0]?.action.text).toBe(text(locale));
      socket?.close();
    }
    const service = await serviceOf(hub);
    const over = async (path: string, header = 'fr;q=0.8, it') => {
      const response = await service.send<FeedPage>('GET', path, undefined, { 'accept-language': header });
      return response.body;
    };
    const listed = `/v1/users/${user}/feed`;
    expect((await over(listed)).items[0]?.action.text).toBe(text('it'));
    expect((await over(`${listed}?locale=nl`)).items[0]?.action.text).toBe(text('nl'));
    expect((await over(listed, '!?')).items[0]?.action.text).toBe(text('en'));
    expect((await over(`${listed}/changes?position=${position}`)).items[0]?.action.text).toBe(text('it'));
    expect(await over(`/v1/actions/${action?.id}`)).toMatchObject({ text: text('it', null) });
    const own = new Api(urlOf(hub), await tokenFor(user));
    expect((await own.get<Action>(`/v1/actions/${action?.id}?locale=ja`)).body.text).toBe(text('ja'));
    const rendered = await service.post<RenderedAction[]>(
      '/v1/actions/render',
      { ids: [action?.id], user, context: { on: 'page' } },
      { 'accept-language': 'ja' },
    );
    expect(rendered.body).toEqual([
      { id: action?.id, text: text('ja', user, '{"unread":true,"on":"page"}'), time: '今', unread: true },
    ]);
  });

  test('groups by a handler', async () => {
    const [first, other, second] = await log(
      hub,
      { verb: 'shouted', targets: 'word:a', about: 'x' },
      { verb: 'shouted', targets: 'word:b', about: 'y' },
      { verb: 'shouted', targets: 'word:c', about: 'x' },
    );
    expect(second?.id).toBe(first?.id);
    expect(second).toMatchObject({ count: 2, targets: [{ id: 'a' }, { id: 'c' }] });
    expect(other).toMatchObject({ count: 1 });
  });

  test('shows an action to those who may see it', async () => {
    const [secret] = await log(hub, { verb: 'confided', notify: ['bob', 'eve'] });
    expect(itemOf(await feed(hub, 'bob'), secret)).toBeDefined();
    expect(itemOf(await feed(hub, 'eve'), secret)).toBeUndefined();
  });

  test('limits a failing filter to its own action', async () => {
    const [uncertain, sure] = await log(hub, { verb: 'checked who may know' }, {});
    const items = await feed(hub, 'bob');
    expect(itemOf(items, uncertain)).toBeUndefined();
    expect(itemOf(items, sure)).toBeDefined();
    expect(faultsOf(hub)).toContainEqual(
      expect.objectContaining({
        verb: 'checked who may know',
        part: 'visible',
        action: uncertain?.id,
        err: expect.objectContaining({ message: 'nobody knows' }),
      }),
    );
  });

  test('calls a filter again after it failed', async () => {
    const [action] = await log(hub, { verb: 'checked twice' });
    expect(itemOf(await feed(hub, 'bob'), action)).toBeUndefined();
    await until(async () => itemOf(await feed(hub, 'bob'), action));
  });

  test('survives work that a handler started and did not await', async () => {
    const [action] = await log(hub, { verb: 'strayed' });
    expect(action?.text).toBe('as it should');
    const fault = await until(() => faultsOf(hub).find(({ verb }) => verb === 'strayed'));
    expect(fault).toMatchObject({ level: 50, part: 'text', err: { message: 'strayed' } });
    expect((await log(hub, {})).length).toBe(1);
  });

  test.each(['threw', 'looped', 'hung'])('falls back to the defaults if a handler %s', async (verb) => {
    const target = `word:${verb}`;
    const actions = await log(
      hub,
      { targets: target },
      { verb, targets: target },
      { verb, targets: target, related: 'page:1' },
      { verb, targets: 'word:other', related: 'page:2' },
    );
    const [said, first, similar, different] = actions;
    // Nothing was combined. By the default rule, actions with the same targets are similar.
    expect(new Set(actions.map((action) => action.id)).size).toBe(3);
    expect(similar?.id).toBe(first?.id);
    expect([said, first, different].map((action) => action?.count)).toEqual([1, 2, 1]);
    expect(first?.text).toBe(`ada ${verb} word ${verb} in page 1`);
    const items = await feed(hub, 'bob');
    for (const action of [said, first, different]) expect(itemOf(items, action)).toBeDefined();
    const faults = faultsOf(hub).filter((fault) => fault.verb === verb);
    const parts = new Set(faults.map((fault) => fault.part));
    expect(parts).toEqual(new Set(verb === 'threw' ? ['combineWith.said', 'group', 'text'] : ['group']));
    for (const fault of faults) expect(fault).toMatchObject({ level: 50, action: expect.any(String) });
  });
});

const JAVASCRIPT = `
import { defineHub } from 'hubbub/config';

export default defineHub({
  userType: 'member',
  defaultLevel: 25,
  readableLevel: 'HIDDEN',
  groupingDelay: -1,
  ownActions: 'hide',
});
`;

describe('a configuration in JavaScript, named relative to the working directory', () => {
  let hub: HubProcesses;
  beforeAll(async () => {
    const path = relative(process.cwd(), await written('hub.config.mjs', JAVASCRIPT));
    hub = await HubProcesses.start({ gateways: 1, workers: 1, settings: { HUBBUB_CONFIG: path } });
  });
  afterAll(() => hub.close());

  test('defines users, similarity and texts', async () => {
    const service = await serviceOf(hub);
    const tracked = [
      await service.post('/v1/users/ada/track', { to: 'project:p1', actorOnly: false }),
      await service.post('/v1/users/bob/track', { to: 'member:ada' }),
    ];
    expect(tracked.map(({ status }) => status)).toEqual([202, 202]);
    const logged = { actor: 'member:ada', targets: 'project:p1', notify: [] };
    const [first, second] = await log(hub, logged, logged);
    expect(second?.id).not.toBe(first?.id);
    expect(first?.level).toBe(25);
    expect(await feed(hub, 'bob')).toHaveLength(2);
    expect(await feed(hub, 'ada')).toEqual([]);
  });
});

describe('a wrong setting', () => {
  async function startHub(
    main: string,
    config: string,
  ): Promise<{ code: number; said: string; out: string }> {
    const services = await isolatedServices({ HUBBUB_CONFIG: config });
    try {
      const child = spawn(process.execPath, ['--import', 'tsx', main], {
        env: { ...process.env, ...services.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      let out = '';
      child.stderr.on('data', (chunk) => {
        output += chunk;
      });
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      const [code] = await once(child, 'close');
      return { code, said: output, out };
    } finally {
      await services.remove();
    }
  }

  const mains = ['server/main.ts', 'workers/main.ts', 'demo/gateway.ts'];
  test.each(mains)('stops the start of %s with one line', async (main) => {
    const path = await written(
      'wrong.mjs',
      "export default { handlers: [{ verb: 'a' }, { verb: 'b' }, { verb: 'c', groupingDelay: 'soon' }] };",
    );
    expect(await startHub(main, path)).toEqual({
      code: 1,
      said: 'HUBBUB_CONFIG handlers[2].groupingDelay must be a whole number of seconds, from -1 to a year\n',
      out: '',
    });
  });
});
