/** In every body, a user's id and ref are equivalent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type {
  Counts,
  Event,
  LogAnswer,
  Page,
  RenderedAction,
  Tracker,
  TrackersAnswer,
} from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';

let hub: TestHub;
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start();
  service = await hub.service();
});
afterAll(() => hub.close());

const forms = (id: string) => [id, `user:${id}`, { type: 'user', id, name: 'Somebody' }];
const owned = async (user: string) =>
  (await service.get<Page<Tracker>>(`/v1/users/${user}/trackers`)).body.items.length;

test('a user may be an id or a ref in bulk trackers, sent as a list or in an object', async () => {
  const trackers = forms('bulk').map((user, index) => ({ user, to: `project:${index}` }));
  const responses = await Promise.all([
    service.post<TrackersAnswer>('/v1/trackers?wait=1', trackers),
    service.post<TrackersAnswer>('/v1/trackers?wait=1', { trackers }),
  ]);
  for (const { status, body } of responses) {
    expect(status).toBe(200);
    expect(body.trackers.map(({ user }) => user)).toEqual(
      forms('bulk').map(() => ({ type: 'user', id: 'bulk' })),
    );
  }
  expect(await owned('bulk')).toBe(3);
});

test('a user may be an id or a ref in track and untrack over sockets', async () => {
  const socket = await hub.socket('backend', { scope: 'service' });
  for (const [index, user] of forms('eva').entries())
    await socket.get('track', { user, to: `project:${index}` });
  expect(await owned('eva')).toBe(3);
  for (const [index, user] of forms('eva').entries()) {
    await socket.get('untrack', { user, from: `project:${index}` });
  }
  expect(await owned('eva')).toBe(0);
});

test('a user may be an id or a ref in notify, where a repeated user gets one item', async () => {
  const { body } = await service.post<LogAnswer>('/v1/actions?wait=1', {
    actor: 'user:bob',
    verb: 'wrote',
    notify: forms('ada'),
  });
  expect((await service.get<Counts>('/v1/users/ada/feed/counts')).body.unread).toBe(1);
  for (const user of forms('ada')) {
    const rendered = await service.post<RenderedAction[]>('/v1/actions/render', { ids: body.ids, user });
    expect(rendered.body[0]?.id).toBe(body.ids[0]);
  }
});

test('a user may be an id or a ref in events, where null means no user', async () => {
  for (const user of forms('ada')) {
    const { body } = await service.post<Event>('/v1/events', {
      name: 'Seen',
      user,
      note: null,
      related: null,
    });
    expect(body).toMatchObject({ user: { id: 'ada' }, note: '', related: null });
  }
  expect((await service.post<Event>('/v1/events', { name: 'Seen', user: null })).body.user).toBeNull();
  const ada = await hub.api('ada');
  expect((await ada.post('/v1/events', { name: 'Seen', user: null })).status).toBe(403);
});

test('a ref of another type is refused, with its path', async () => {
  const other = { type: 'project', id: 'p1' };
  const refused = await Promise.all([
    service.post<Problem>('/v1/trackers', [{ user: other, to: 'project:p1' }]),
    service.post<Problem>('/v1/actions', { actor: 'user:bob', verb: 'wrote', notify: ['ada', other] }),
    service.post<Problem>('/v1/actions', {
      actions: [{ actor: 'user:bob', verb: 'wrote', notify: [other] }],
    }),
    service.post<Problem>('/v1/events', { name: 'Seen', user: other }),
  ]);
  expect(refused.map(({ status, body }) => [status, body.fields?.map(({ path }) => path)])).toEqual([
    [400, ['trackers[0].user']],
    [400, ['notify[1]']],
    [400, ['actions[0].notify[0]']],
    [400, ['user']],
  ]);
});
