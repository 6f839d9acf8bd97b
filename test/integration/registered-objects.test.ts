/** `PUT /v1/objects`: registered displays replace what was logged, on every gateway, as soon as the call returns. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type {
  Action,
  DeletedRef,
  Event,
  FeedChanges,
  FeedPage,
  LogAnswer,
  ObjectsAnswer,
  Page,
  Ref,
  RenderedAction,
  Tracker,
  TrackersAnswer,
  WatchResponse,
} from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { type Claims, serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
/** One for each gateway. */
let gateways: Api[];
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start({
    gateways: 2,
    hub: {
      handlers: [
        { verb: 'signed', text: ({ targets }) => `signed ${targets.map(({ name }) => name).join()}` },
      ],
    },
  });
  const token = await serviceToken();
  gateways = hub.urls.map((url) => new Api(url, token));
  service = await hub.service();
});
afterAll(() => hub.close());

let tests = 0;
let user: string;
let project: Ref;
beforeEach(() => {
  tests += 1;
  user = `ada-${tests}`;
  project = { type: 'project', id: `p${tests}`, name: 'Website' };
});

const ref = () => `project:p${tests}`;
const put = async (...objects: object[]) => {
  const { status, body } = await service.put<ObjectsAnswer>('/v1/objects', { objects });
  expect(status).toBe(200);
  return body.objects;
};
const rename = (name: string, more: Partial<Ref> = {}) =>
  put({ type: 'project', id: `p${tests}`, name, ...more });
const track = () =>
  service.post<TrackersAnswer>(`/v1/users/${user}/track?wait=1`, { to: ref(), actorOnly: false });
async function log(more: object = {}): Promise<string> {
  const action = { actor: 'user:bob', verb: 'closed', targets: project, groupingDelay: -1, ...more };
  const { status, body } = await service.post<LogAnswer>('/v1/actions?wait=1', action);
  expect(status).toBe(200);
  return body.ids[0] ?? '';
}
const get = async <T>(gateway: Api, path: string): Promise<T> => {
  const { status, body } = await gateway.get<T>(path);
  expect(status, `${path}: ${JSON.stringify(body)}`).toBe(200);
  return body;
};

describe('a renamed object', () => {
  test('shows its new name at once in every response of every gateway, also of earlier actions', async () => {
    await track();
    const start = (await get<FeedPage>(service, `/v1/users/${user}/feed`)).position;
    const id = await log();
    const related = await log({ targets: 'issue:7', related: [project, 'project:other'] });
    await service.post('/v1/events', { name: 'PageViewed', user, related: project });
    for (const name of ['Website', 'Shop', 'Bazaar']) {
      if (name !== 'Website') await rename(name, { url: '/shop', image: '/shop.png' });
      const shown = name === 'Website' ? project : { ...project, name, url: '/shop', image: '/shop.png' };
      for (const gateway of gateways) {
        const text = `bob closed ${name}`;
        expect(await get<Action>(gateway, `/v1/actions/${id}`)).toMatchObject({ targets: [shown], text });
        const { items } = await get<FeedPage>(gateway, `/v1/users/${user}/feed`);
        expect(items.map(({ action }) => action.text)).toEqual([
          `bob closed issue 7 in ${name} and project other`,
          text,
        ]);
        expect(items[0]?.action).toMatchObject({ id: related, related: [shown, { id: 'other' }] });
        const changes = await get<FeedChanges>(gateway, `/v1/users/${user}/feed/changes?position=${start}`);
        expect(changes.items.map(({ action }) => action.text)).toContain(text);
        for (const path of [`/v1/objects/${ref()}/actions`, `/v1/actions?object=${ref()}`]) {
          const actions = await get<Page<Action>>(gateway, path);
          expect(actions.items[1]).toMatchObject({ targets: [shown], text });
        }
        const trackers = await get<Page<Tracker>>(gateway, `/v1/users/${user}/trackers`);
        const { actions } = { actions: `/v1/trackers/${trackers.items[0]?.id}/actions` };
        expect((await get<Page<Action>>(gateway, actions)).items[1]).toMatchObject({ text });
        const rendered = await gateway.post<RenderedAction[]>('/v1/actions/render', { ids: [id] });
        expect(rendered.body).toMatchObject([{ text }]);
        for (const path of [`/v1/events?user=${user}`, `/v1/objects/${ref()}/events`])
          expect((await get<Page<Event>>(gateway, path)).items).toMatchObject([{ related: shown }]);
        const { event } = await get<{ event: Event }>(gateway, `/v1/users/${user}/events/latest`);
        expect(event.related).toEqual(shown);
        if (name === 'Website') continue;
        expect(trackers.items).toMatchObject([{ tracked: shown }]);
        expect((await get<Page<Ref>>(gateway, `/v1/users/${user}/tracked`)).items).toEqual([shown]);
        expect(await get<Ref>(gateway, `/v1/objects/${ref()}`)).toEqual(shown);
      }
    }
  });

  test('shows it in every push after the call, in watches, results and texts of handlers', async () => {
    await track();
    const sockets = await Promise.all(hub.urls.map((url) => hub.socket(user, { objects: ['project'] }, url)));
    const watches = await Promise.all(
      sockets.map((socket) => socket.get<WatchResponse>('watch', { object: ref() })),
    );
    expect(watches.map(({ items }) => items)).toEqual([[], []]);
    for (const name of ['Shop', 'Bazaar', 'Market', 'Mall', 'Website']) {
      await rename(name);
      const action = { actor: 'user:bob', verb: 'signed', targets: project, groupingDelay: -1 };
      const { body } = await service.post<LogAnswer>('/v1/actions?wait=1', action);
      const text = `signed ${name}`;
      expect(body.results).toMatchObject([{ action: { text, targets: [{ name }] } }]);
      for (const socket of sockets) {
        await until(() => socket.items.at(-1)?.item.action.id === body.ids[0], 'the item is pushed');
        expect(socket.items.at(-1)?.item.action).toMatchObject({ text, targets: [{ name }] });
        await until(() => socket.watched.at(-1)?.action.id === body.ids[0], 'the action is pushed');
        expect(socket.watched.at(-1)?.action).toMatchObject({ text, targets: [{ name }] });
        const { items } = await socket.get<WatchResponse>('watch', { object: ref(), limit: 1 });
        expect(items).toMatchObject([{ text }]);
      }
    }
  });

  test('shows it while it is renamed all the time, on whatever gateway', async () => {
    await track();
    const socket = await hub.socket(user, {}, hub.urls[1]);
    for (let count = 0; count < 30; count += 1) {
      const name = `Name ${count}`;
      const [writer, reader] = count % 2 === 0 ? gateways : gateways.toReversed();
      const objects = [{ ...project, name }];
      expect((await writer?.put('/v1/objects', { objects }))?.status).toBe(200);
      const id = await log();
      const shown = reader && (await get<Action>(reader, `/v1/actions/${id}`));
      expect(shown?.text).toBe(`bob closed ${name}`);
      await until(() => socket.items.at(-1)?.item.action.id === id, 'the item is pushed');
      expect(socket.items.at(-1)?.item.action.text).toBe(`bob closed ${name}`);
    }
  });
});

describe('registering', () => {
  test('replaces the whole display, and without display fields shows what was logged', async () => {
    const id = await log({ targets: { ...project, url: '/website', image: '/website.png' } });
    const targets = async () => (await get<Action>(service, `/v1/actions/${id}`)).targets;
    expect(await rename('Shop')).toEqual([{ ...project, name: 'Shop' }]);
    expect(await targets()).toEqual([{ ...project, name: 'Shop' }]);
    expect(await put({ type: 'project', id: project.id, url: '/shop', name: null })).toEqual([
      { type: 'project', id: project.id, url: '/shop' },
    ]);
    expect((await get<Action>(service, `/v1/actions/${id}`)).text).toBe(`bob closed project ${project.id}`);
    expect(await put(project, { type: 'project', id: project.id })).toEqual([
      { type: 'project', id: project.id },
    ]);
    expect(await targets()).toEqual([{ ...project, url: '/website', image: '/website.png' }]);
    const { status, body } = await service.get<Problem>(`/v1/objects/${ref()}`);
    expect([status, body.code]).toEqual([404, 'not_found']);
  });

  test('names users, as actors and as followers', async () => {
    await track();
    const id = await log({ actor: { type: 'user', id: `bob-${tests}`, name: 'Robert' } });
    await put({ type: 'user', id: `bob-${tests}`, name: 'Bob' }, { type: 'user', id: user, name: 'Ada' });
    for (const gateway of gateways) {
      expect((await get<Action>(gateway, `/v1/actions/${id}`)).text).toBe('Bob closed Website');
      const users = await get<Page<Ref>>(gateway, `/v1/objects/${ref()}/trackers/users`);
      expect(users.items).toEqual([{ type: 'user', id: user, name: 'Ada' }]);
      const trackers = await get<Page<Tracker>>(gateway, `/v1/objects/${ref()}/trackers`);
      expect(trackers.items).toMatchObject([{ user: { name: 'Ada' } }]);
    }
    expect((await track()).body.trackers).toMatchObject([{ user: { name: 'Ada' } }]);
  });

  test('stores nothing if one object is invalid, and names its fields', async () => {
    const objects = [
      { ...project, name: 'Shop' },
      { type: 'issue', id: '7', name: '' },
      'project',
      { type: 'issue', id: '8', nick: 'x', name: 3 },
    ];
    const { status, body } = await service.put<Problem>('/v1/objects', { objects });
    expect([status, body.code]).toEqual([400, 'invalid_input']);
    expect(body.fields?.map(({ path }) => path).sort()).toEqual([
      'objects[1].name',
      'objects[2]',
      'objects[3].name',
      'objects[3].nick',
    ]);
    expect((await service.get(`/v1/objects/${ref()}`)).status).toBe(404);
    for (const bad of [{}, { objects: [] }, { objects: 'x' }, { objects: Array(1_001).fill(project) }])
      expect((await service.put<Problem>('/v1/objects', bad)).body.code).toBe('invalid_input');
  });

  test('takes a thousand objects at once', async () => {
    const objects = Array.from({ length: 1_000 }, (_, index) => ({
      type: 'issue',
      id: `${tests}-${index}`,
      name: `Issue ${index}`,
    }));
    expect(await put(...objects)).toEqual(objects);
    expect(await get<Ref>(service, `/v1/objects/issue:${tests}-999`)).toEqual(objects[999]);
  });

  test('of one space does not show in another', async () => {
    await rename('Shop');
    const other = await hub.service({ space: `other-${tests}` });
    expect((await other.get(`/v1/objects/${ref()}`)).status).toBe(404);
    const { body } = await other.post<LogAnswer>('/v1/actions?wait=1', {
      actor: 'user:bob',
      verb: 'saw',
      targets: project,
    });
    expect(body.results).toMatchObject([{ action: { targets: [{ name: 'Website' }] } }]);
  });

  test('is read by those whose token names the object', async () => {
    await rename('Shop');
    const read = async (claims: Claims) =>
      (await (await hub.api(user, claims)).get<Ref & Problem>(`/v1/objects/${ref()}`)).status;
    expect(await read({ objects: ['project'], scope: 'feed' })).toBe(200);
    expect(await read({ objects: ['issue'], scope: 'feed' })).toBe(403);
    expect(await read({ objects: ['project'], scope: 'log track' })).toBe(403);
  });
});

describe('deletion', () => {
  const remove = (name: string, body: object = {}) =>
    service.post<DeletedRef>(`/v1/objects/${name}/deleted?wait=1`, body);

  test('shows the registered display in the tombstone, and registering has no effect any more', async () => {
    await track();
    const id = await log();
    await rename('Shop', { url: '/shop' });
    const tombstone = {
      ...project,
      name: 'Shop',
      url: '/shop',
      deleted: true,
      description: 'Shop',
      serialization: { id: project.id },
    };
    expect((await remove(ref())).body).toEqual(tombstone);
    expect(await rename('Bazaar')).toEqual([tombstone]);
    expect(await put({ type: 'project', id: project.id })).toEqual([tombstone]);
    const later = await log();
    for (const gateway of gateways) {
      expect(await get(gateway, `/v1/objects/${ref()}`)).toEqual(tombstone);
      for (const each of [id, later])
        expect(await get<Action>(gateway, `/v1/actions/${each}`)).toMatchObject({
          targets: [tombstone],
          text: 'bob closed Shop',
        });
    }
  });

  test('of a user removes its display', async () => {
    const id = await log({ actor: { type: 'user', id: user, name: 'Ada' } });
    await put({ type: 'user', id: user, name: 'Countess', image: '/ada.png' });
    for (const gateway of gateways)
      expect((await get<Action>(gateway, `/v1/actions/${id}`)).actor).toMatchObject({ image: '/ada.png' });
    await remove(`user:${user}`, { description: 'a former user' });
    await put({ type: 'user', id: user, name: 'Countess', image: '/ada.png' });
    for (const gateway of gateways) {
      const { actor, text } = await get<Action>(gateway, `/v1/actions/${id}`);
      expect(actor).toMatchObject({ id: user, name: 'Ada', deleted: true });
      expect(actor).not.toHaveProperty('image');
      expect(text).toBe('a former user closed Website');
      expect(await get(gateway, `/v1/objects/user:${user}`)).not.toHaveProperty('image');
    }
  });

  test('wins, or comes after, a registration at the same time', async () => {
    for (let count = 0; count < 20; count += 1) {
      const each = { type: 'user', id: `${user}-${count}` };
      const registrations = ['a', 'b'].map((name) =>
        gateways[count % 2]?.put<ObjectsAnswer>('/v1/objects', { objects: [{ ...each, name, image: '/x' }] }),
      );
      const [{ status }, ...registered] = await Promise.all([remove(`user:${each.id}`), ...registrations]);
      expect([status, ...registered.map((response) => response?.status)]).toEqual([200, 200, 200]);
      const shown = await Promise.all(
        gateways.map((gateway) => get<DeletedRef>(gateway, `/v1/objects/user:${each.id}`)),
      );
      for (const object of shown) {
        expect(object.deleted).toBe(true);
        expect(object).not.toHaveProperty('image');
      }
    }
  });
});
