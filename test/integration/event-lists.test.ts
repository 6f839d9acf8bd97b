/** Reading events: by user, name, object and time, in pages; the latest, and counts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Event, EventStats, Page } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { databasesOf } from '../support/stored-counts.ts';
import type { Claims } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let service: Api;
/** Every test has its own users, names and objects. */
let own: string;
let tests = 0;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
  service = await hub.service();
});
beforeEach(() => {
  tests += 1;
  own = `t${tests}`;
});
afterAll(() => hub.close());

async function create(input: Record<string, unknown>): Promise<Event> {
  const { status, body } = await service.post<Event>('/v1/events', input);
  expect(status).toBe(201);
  // The next one must be later: lists are sorted by milliseconds.
  await until(() => Date.now() > Date.parse(body.timestamp));
  return body;
}

async function list(path: string, api = service): Promise<Event[]> {
  const { status, body } = await api.get<Page<Event>>(path);
  expect(status).toBe(200);
  return body.items;
}

const refusal = { status: 403, body: { code: 'forbidden', retryable: false } };

describe('the list', () => {
  test('is filtered by user, name, object and time, all of them at once, newest first', async () => {
    const [ada, bob] = [`${own}-ada`, `${own}-bob`];
    const [first, second, third, fourth] = [
      await create({ name: `${own}-a`, user: ada, related: `project:${own}` }),
      await create({ name: `${own}-b`, user: ada, related: `issue:${own}` }),
      await create({ name: `${own}-a`, user: bob, related: `project:${own}` }),
      await create({ name: `${own}-a`, user: ada }),
    ];
    expect(await list(`/v1/events?user=${ada}`)).toEqual([fourth, second, first]);
    expect(await list(`/v1/events?user=user:${ada}`)).toEqual([fourth, second, first]);
    expect(await list(`/v1/events?name=${own}-a`)).toEqual([fourth, third, first]);
    expect(await list(`/v1/events?related=project:${own}`)).toEqual([third, first]);
    expect(await list(`/v1/events?user=${ada}&name=${own}-a&related=project:${own}`)).toEqual([first]);
    expect(await list(`/v1/events?since=${second.timestamp}&user=${ada}`)).toEqual([fourth, second]);
    expect(await list(`/v1/events?until=${second.timestamp}&user=${ada}`)).toEqual([second, first]);
    expect(await list(`/v1/events?since=${second.timestamp}&until=${third.timestamp}`)).toEqual([
      third,
      second,
    ]);
    expect(await list('/v1/events?limit=2')).toEqual([fourth, third]);
    expect(await list(`/v1/events?user=${own}-nobody`)).toEqual([]);
  });

  test('is paged without gaps or repetitions while new events arrive, whatever the filter', async () => {
    const input = { name: `${own}-a`, user: own, related: `project:${own}` };
    const created: string[] = [];
    for (let count = 0; count < 12; count += 1) created.unshift((await create(input)).id);
    const filters = [`user=${own}`, `name=${own}-a`, `related=project:${own}`, `user=${own}&name=${own}-a`];
    for (const filter of filters) {
      const before = [...created];
      const seen: string[] = [];
      const sizes: number[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body }: { body: Page<Event> } = await service.get(`/v1/events?${filter}&limit=5${cursor}`);
        seen.push(...body.items.map((event) => event.id));
        sizes.push(body.items.length);
        cursor = body.nextCursor && `&cursor=${body.nextCursor}`;
        created.unshift((await create(input)).id);
      }
      expect(seen).toEqual(before);
      // A full last page has no next page.
      expect(sizes.every((size, index) => size === 5 || index === sizes.length - 1)).toBe(true);
    }
  });

  test('orders events of the same millisecond the same way on every page', async () => {
    await Promise.all(Array.from({ length: 30 }, () => service.post('/v1/events', { name: 'x', user: own })));
    const whole = await list(`/v1/events?user=${own}&limit=100`);
    expect(whole).toHaveLength(30);
    const keys = whole.map((event) => `${event.timestamp} ${event.id}`);
    expect(keys).toEqual([...keys].sort().reverse());
    const paged: Event[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body }: { body: Page<Event> } = await service.get(`/v1/events?user=${own}&limit=4${cursor}`);
      paged.push(...body.items);
      cursor = body.nextCursor && `&cursor=${body.nextCursor}`;
    }
    expect(paged).toEqual(whole);
  });

  test.each([
    ['limit', 'limit=0'],
    ['limit', 'limit=101'],
    ['cursor', 'cursor=nonsense'],
    ['user', 'user='],
    ['user', 'user=a&user=b'],
    ['name', `name=${'n'.repeat(101)}`],
    ['related', 'related=project'],
    ['since', 'since=yesterday'],
    ['until', 'until=2026-13-01T00:00:00Z'],
    ['wanted', 'wanted=1'],
  ])('refuses a bad %s by its name', async (path, query) => {
    expect(await service.get<Problem>(`/v1/events?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', fields: [{ path }] },
    });
  });

  test('without the service scope contains only own events, and needs the scope log', async () => {
    const mine = await create({ name: 'x', user: own, related: 'project:p1' });
    await create({ name: 'x', user: `${own}-else` });
    await create({ name: 'x' });
    const api = await hub.api(own, { scope: 'log', objects: [] });
    expect(await list('/v1/events', api)).toEqual([mine]);
    expect(await list(`/v1/events?user=${own}&related=project:p1`, api)).toEqual([mine]);
    expect(await api.get(`/v1/events?user=${own}-else`)).toMatchObject(refusal);
    expect(await (await hub.api(own, { scope: 'feed track' })).get('/v1/events')).toMatchObject(refusal);
  });
});

describe('the events of an object', () => {
  test('are those related to it, of all users, filtered and paged', async () => {
    const object = { type: 'project', id: `${own}/ä:1` };
    const path = `/v1/objects/${encodeURIComponent(`project:${object.id}`)}/events`;
    const first = await create({ name: 'x', user: own, related: object });
    const second = await create({ name: 'y', related: { ...object, name: 'One' } });
    await create({ name: 'x', user: own, related: `project:${own}` });
    expect(await list(path)).toEqual([second, first]);
    expect(await list(`${path}?name=x`)).toEqual([first]);
    expect(await list(`${path}?user=${own}`)).toEqual([first]);
    expect(await list(`${path}?since=${second.timestamp}`)).toEqual([second]);
    const { body } = await service.get<Page<Event>>(`${path}?limit=1`);
    expect(await list(`${path}?cursor=${body.nextCursor}`)).toEqual([first]);
  });

  test('need the scope feed and a token that names the object', async () => {
    const path = `/v1/objects/project:${own}/events`;
    const event = await create({ name: 'x', user: 'grace', related: `project:${own}` });
    const request = async (claims: Claims) => (await hub.api(own, claims)).get(path);
    for (const objects of [[`project:${own}`], ['project'], ['project:*']]) {
      expect(await request({ scope: 'feed', objects })).toMatchObject({
        status: 200,
        body: { items: [event] },
      });
    }
    expect(await request({ scope: 'feed', objects: ['project:other'] })).toMatchObject(refusal);
    expect(await request({ scope: 'feed', objects: [] })).toMatchObject(refusal);
    expect(await request({ scope: 'log track', objects: ['*'] })).toMatchObject(refusal);
  });

  test('are queried by a ref, not by a class or anything else', async () => {
    for (const ref of ['project', 'Project:1', 'project:']) {
      expect(await service.get<Problem>(`/v1/objects/${ref}/events`)).toMatchObject({
        status: 400,
        body: { fields: [{ path: 'ref' }] },
      });
    }
    expect(await service.get(`/v1/objects/project:${own}/events?related=a:b`)).toMatchObject({
      status: 400,
      body: { fields: [{ path: 'related' }] },
    });
  });
});

describe('of a user', () => {
  const latest = async (query = '', api = service) =>
    (await api.get<{ event: Event | null }>(`/v1/users/${own}/events/latest${query}`)).body.event;
  const stats = async (api = service) =>
    (await api.get<{ items: EventStats[] }>(`/v1/users/${own}/events/stats`)).body.items;

  test('the latest event is found, of any name or of one', async () => {
    expect(await latest()).toBeNull();
    const first = await create({ name: 'a', user: own });
    const second = await create({ name: 'b', user: own });
    await create({ name: 'a', user: `${own}-else` });
    expect(await latest()).toEqual(second);
    expect(await latest('?name=a')).toEqual(first);
    expect(await latest('?name=c')).toBeNull();
  });

  test('events are counted by name', async () => {
    expect(await stats()).toEqual([]);
    await create({ name: 'b', user: own });
    const a = await create({ name: 'a', user: own });
    const b = await create({ name: 'b', user: own });
    await create({ name: 'b', user: `${own}-else` });
    expect(await stats()).toEqual([
      { name: 'a', count: 1, latest: a.timestamp },
      { name: 'b', count: 2, latest: b.timestamp },
    ]);
  });

  test('events are visible only to that user, with the scope log', async () => {
    const event = await create({ name: 'x', user: own });
    const self = await hub.api(own, { scope: 'log', objects: [] });
    expect(await latest('', self)).toEqual(event);
    expect(await stats(self)).toHaveLength(1);
    for (const path of ['latest', 'latest?name=x', 'stats']) {
      const others = await hub.api(`${own}-else`);
      expect(await others.get(`/v1/users/${own}/events/${path}`)).toMatchObject(refusal);
      expect(await others.get(`/v1/users/${own}-nobody/events/${path}`)).toMatchObject(refusal);
      const without = await hub.api(own, { scope: 'feed track' });
      expect(await without.get(`/v1/users/${own}/events/${path}`)).toMatchObject(refusal);
    }
  });

  test('the name of the latest event is checked, and other parameters are refused', async () => {
    const bad = [`latest?name=${'n'.repeat(101)}`, 'latest?name=', 'latest?user=x', 'stats?name=x'];
    for (const path of bad) expect((await service.get(`/v1/users/${own}/events/${path}`)).status).toBe(400);
  });
});

test('a space has its own events, and reading creates none', async () => {
  await create({ name: 'x', user: own });
  const elsewhere = await hub.service({ space: own });
  expect(await list('/v1/events', elsewhere)).toEqual([]);
  expect(await list('/v1/objects/a:b/events', elsewhere)).toEqual([]);
  expect((await elsewhere.get(`/v1/users/${own}/events/latest`)).body).toEqual({ event: null });
  expect((await elsewhere.get(`/v1/users/${own}/events/stats`)).body).toEqual({ items: [] });
  expect((await databasesOf(hub)).filter((name) => name.endsWith(`-${own}`))).toEqual([]);
  await elsewhere.post('/v1/events', { name: 'there', user: own });
  expect(await list(`/v1/events?user=${own}`, elsewhere)).toMatchObject([{ name: 'there' }]);
  expect(await list(`/v1/events?user=${own}`)).toMatchObject([{ name: 'x' }]);
});

test.each([
  ['DELETE', '/v1/events', 'GET, POST'],
  ['POST', '/v1/objects/a:b/events', 'GET'],
  ['POST', '/v1/users/ada/events/latest', 'GET'],
  ['PUT', '/v1/users/ada/events/stats', 'GET'],
])('%s %s responds with the allowed methods', async (method, path, allowed) => {
  const { status, headers } = await service.send(method, path);
  expect([status, headers.get('allow')]).toEqual([405, allowed]);
});
