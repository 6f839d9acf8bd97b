/** Content of actions, and presses of their buttons, over HTTP and sockets of two gateways. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  Action,
  FeedChanges,
  FeedItem,
  FeedPage,
  LogAnswer,
  PressAnswer,
} from '../../protocol/entities.ts';
import type { ErrorBody, Problem } from '../../protocol/errors.ts';
import { logAndWait, wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

const buttons = [
  { id: 'yes', label: 'Yes', style: 'primary' },
  { id: 'no', label: 'No', style: 'danger' },
  { id: 'open', label: 'Open', url: 'https://elsewhere.example/7' },
];

let hub: TestHub;
let service: Api;
/** The presses that the handler was asked about: `<user> <button>`. */
const asked: string[] = [];
beforeAll(async () => {
  hub = await TestHub.start({
    gateways: 2,
    settings: { HUBBUB_LINK_ORIGINS: 'https://app.example.com' },
    hub: {
      handlers: [
        {
          verb: 'asked',
          async press(button, { action, user }) {
            asked.push(`${user} ${button}`);
            await new Promise(setImmediate);
            if (action.data.isClosed) throw new Error('It is closed.');
          },
        },
      ],
    },
  });
  service = await hub.service();
});
afterAll(() => hub.close());

let users = 0;
/** A new user with one item. */
async function userWithItem(
  content: Record<string, unknown> = {},
): Promise<{ user: string; item: FeedItem }> {
  users += 1;
  const user = `user-${users}`;
  await logAndWait(hub, user, 1, { verb: 'asked', buttons, ...content });
  const [item] = await wholeFeed(service, user);
  if (!item) throw new Error('there is no item');
  return { user, item };
}

const pathOf = (user: string, item: string) => `/v1/users/${user}/feed/${encodeURIComponent(item)}/press`;
/** The URL of one of the two gateways. */
const gatewayUrl = (index: number) => hub.urls[index % 2] ?? '';

describe('the content of an action', () => {
  const log = async (api: Api, input: object): Promise<Action | undefined> => {
    const answer = await api.post<LogAnswer>('/v1/actions?wait=1', {
      verb: 'did',
      groupingDelay: -1,
      ...input,
    });
    expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
    return answer.body.results?.[0]?.action;
  };
  const bob = { actor: 'user:bob' };

  test('is part of it, and empty by default', async () => {
    const content = { body: 'Two\nlines', url: '/7', buttons };
    expect(await log(service, { ...bob, ...content })).toMatchObject({ ...content, data: {} });
    expect(await log(service, bob)).toMatchObject({ body: '', url: null, buttons: [], data: {} });
    expect(await log(service, { ...bob, data: { body: 7, url: 1, buttons: 'x' } })).toMatchObject({
      body: '',
      data: { body: 7, url: 1, buttons: 'x' },
    });
  });

  test('leads to the first target, or else to the first related object', async () => {
    const [target, related] = [
      { type: 'issue', id: '7', url: '/7' },
      { type: 'project', id: 'p', url: '/p' },
    ];
    expect((await log(service, { ...bob, targets: [target, related], related }))?.url).toBe('/7');
    expect((await log(service, { ...bob, targets: 'issue:8', related }))?.url).toBe('/p');
    expect((await log(service, { ...bob, targets: target, url: '/own' }))?.url).toBe('/own');
  });

  test('is that of the last action of a group', async () => {
    const input = { ...bob, verb: 'said', targets: 'issue:9', groupingDelay: 60 };
    await log(service, { ...input, body: 'one', buttons });
    expect(await log(service, { ...input, body: 'two', url: '/2' })).toMatchObject({
      count: 2,
      body: 'two',
      url: '/2',
      buttons: [],
    });
    // The timestamp does not matter: it was accepted last.
    const timestamp = new Date(Date.now() - 1_000).toISOString();
    expect(await log(service, { ...input, timestamp })).toMatchObject({ count: 3, body: '', url: null });
  });

  test('without the service scope has no buttons, and leads only to allowed origins', async () => {
    const ada = await hub.api('ada');
    const own = { actor: 'user:ada', groupingDelay: 0 };
    const refused = async (content: object) => {
      const { status, body } = await ada.post<Problem>('/v1/actions', { verb: 'did', ...own, ...content });
      return [status, body.fields?.map(({ path }) => path)];
    };
    expect(await refused({ buttons: [{ id: 'yes', label: 'Yes' }] })).toEqual([403, ['buttons']]);
    expect(await refused({ url: 'https://elsewhere.example/' })).toEqual([403, ['url']]);
    expect(await refused({ url: '//elsewhere.example/' })).toEqual([403, ['url']]);
    for (const url of ['/7', 'https://app.example.com/7'])
      expect(await log(ada, { ...own, url, body: 'Mine', buttons: [] })).toMatchObject({ url, body: 'Mine' });
  });
});

describe('a press', () => {
  test('is shown on all devices, read and seen, in pushes, lists, changes and counts', async () => {
    const { user, item } = await userWithItem();
    const sockets = [await hub.socket(user), await hub.socket(user, {}, gatewayUrl(1))];
    const { position } = (await service.get<FeedPage>(`/v1/users/${user}/feed`)).body;
    const [phone] = sockets;
    const answer = await phone?.get<PressAnswer>('feed:press', { item: item.id, button: 'yes' });
    const pressed = { button: 'yes', at: expect.any(String) };
    const expected = { ...item, unread: false, seen: true, pressed };
    expect(answer).toEqual({
      item: expected,
      counts: { unread: 0, unseen: 0, capped: false },
      position: expect.stringMatching(/^\d{16}$/),
    });
    for (const socket of sockets) {
      await until(() => socket.state().get(item.id)?.pressed && socket.counts.at(-1)?.unread === 0);
      expect(socket.state().get(item.id)).toEqual(answer?.item);
    }
    expect(await wholeFeed(service, user)).toEqual([answer?.item]);
    const changes = await service.get<FeedChanges>(`/v1/users/${user}/feed/changes?position=${position}`);
    expect(changes.body.items).toEqual([answer?.item]);
    expect(asked.filter((each) => each.startsWith(`${user} `))).toEqual([`${user} yes`]);
  });

  test('of two devices at two gateways is made once; the other gets the first', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { user, item } = await userWithItem();
      const presses = ['yes', 'no', 'yes', 'no'].map(async (button, index) => {
        const api = await hub.api(user, {}, gatewayUrl(index));
        return await api.post<PressAnswer & Problem>(pathOf(user, item.id), { button });
      });
      const answers = await Promise.all(presses);
      const [won, ...others] = answers.filter(({ status }) => status === 200);
      expect(others).toEqual([]);
      for (const { status, body } of answers.filter((each) => each !== won)) {
        expect([status, body.code, body.pressed]).toEqual([409, 'already_pressed', won?.body.item.pressed]);
      }
      expect(asked.filter((each) => each.startsWith(`${user} `))).toHaveLength(1);
      expect(await wholeFeed(service, user)).toEqual([won?.body.item]);
    }
  });

  test('over a socket gets the first press in the error, too', async () => {
    const { user, item } = await userWithItem();
    const socket = await hub.socket(user);
    const answer = await socket.get<PressAnswer>('feed:press', { item: item.id, button: 'no' });
    const again = await socket.request('feed:press', { item: item.id, button: 'no' });
    const error: Partial<ErrorBody> = {
      code: 'already_pressed',
      retryable: false,
      pressed: answer.item.pressed ?? undefined,
    };
    expect(again).toMatchObject({ ok: false, error });
    const others = { forbidden: (await userWithItem()).item.id, not_found: 'none' };
    for (const [code, id] of Object.entries(others)) {
      const refused = await socket.request('feed:press', { item: id, button: 'no' });
      expect(refused).toMatchObject({ ok: false, error: { code } });
    }
    const backend = await hub.socket('backend', { scope: 'service' });
    const other = await userWithItem();
    expect(await backend.get('feed:press', { item: other.item.id, button: 'no' })).toMatchObject({
      item: { id: other.item.id, pressed: { button: 'no' } },
    });
  });

  test('that the application refuses has its message, and leaves the item as it is', async () => {
    const { user, item } = await userWithItem({ isClosed: true });
    const { status, body } = await service.post<Problem>(pathOf(user, item.id), { button: 'yes' });
    expect([status, body.code, body.detail]).toEqual([422, 'press_refused', 'It is closed.']);
    expect(await wholeFeed(service, user)).toEqual([item]);
  });

  test('is refused for what cannot be pressed', async () => {
    const { user, item } = await userWithItem();
    const other = await userWithItem();
    const api = await hub.api(user);
    const refused = async (path: string, button: unknown) => {
      const { status, body } = await api.post<Problem>(path, { button });
      return [status, body.code, body.fields?.map(({ path: field, message }) => `${field} ${message}`)];
    };
    expect(await refused(pathOf(user, item.id), 'open')).toEqual([
      422,
      'unprocessable',
      ['button is a link, which cannot be pressed'],
    ]);
    expect(await refused(pathOf(user, item.id), 'maybe')).toEqual([
      422,
      'unprocessable',
      ['button is not a button of the item'],
    ]);
    expect(await refused(pathOf(user, item.id), 7)).toEqual([
      400,
      'invalid_input',
      ['button must be a string'],
    ]);
    expect(await refused(pathOf(user, 'none'), 'yes')).toEqual([404, 'not_found', undefined]);
    expect(await refused(pathOf(user, other.item.id), 'yes')).toEqual([404, 'not_found', undefined]);
    expect(await refused(pathOf(other.user, other.item.id), 'yes')).toEqual([403, 'forbidden', undefined]);
    expect(asked.filter((each) => each.startsWith(`${user} `))).toEqual([]);
    expect(await wholeFeed(service, user)).toEqual([item]);
  });

  test('may be repeated after a merge, which brings new buttons', async () => {
    users += 1;
    const user = `user-${users}`;
    const target = { verb: 'said', targets: `issue:of-${user}`, groupingDelay: 60 };
    await logAndWait(hub, user, 1, { ...target, buttons });
    const [item] = await wholeFeed(service, user);
    const press = (button: string) => service.post<PressAnswer>(pathOf(user, item?.id ?? ''), { button });
    expect((await press('yes')).body.item.pressed).toMatchObject({ button: 'yes' });
    await logAndWait(hub, user, 1, { ...target, buttons: [{ id: 'more', label: 'More' }] });
    expect(await wholeFeed(service, user)).toMatchObject([
      { pressed: null, unread: true, action: { count: 2 } },
    ]);
    expect((await press('more')).body.item).toMatchObject({ pressed: { button: 'more' }, unread: false });
  });
});
