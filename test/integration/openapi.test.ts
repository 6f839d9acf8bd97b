/** Compares real responses of every call with the gateway's OpenAPI document. */
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { oas31 } from 'zod-openapi';
import { asMillis } from '../../core/model/units.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import type { Event, FeedPage, LogAnswer, TrackersAnswer } from '../../protocol/entities.ts';
import { allCalls } from '../../server/operations/operations.ts';
import type { Api, ApiResponse } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { type Method, OpenApiValidator } from '../support/openapi.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

/** Makes calls, checks them against the document, and records the responses. */
class Caller {
  readonly #described: OpenApiValidator;
  readonly seen = new Set<string>();

  constructor(document: oas31.OpenAPIObject) {
    this.#described = new OpenApiValidator(document);
  }

  /** `route` is such as `post /v1/users/{id}/track`; `names` are the values of its variables and its query. */
  async call<T>(
    api: Api,
    route: string,
    names: Record<string, string> = {},
    body?: unknown,
    query = '',
  ): Promise<ApiResponse<T>> {
    const [method, path = ''] = route.split(' ') as [Method, string];
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''));
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const headers: Record<string, string> = sent === undefined ? {} : { 'content-type': 'application/json' };
    const response = await api.send<T>(method.toUpperCase(), address + query, sent, headers);
    expect(this.#described.responseFaults(method, path, response.status, response.body), route).toEqual([]);
    if (response.status < 300 && body !== undefined) {
      expect(this.#described.requestFaults(method, path, body), route).toEqual([]);
    }
    this.seen.add(`${route} ${response.status}`);
    return response;
  }
}

/** Creates dead letters like a worker. */
async function putLetters(...ids: string[]): Promise<void> {
  const { mongodbUri } = hub.services.config;
  const database = await mongoose.createConnection(mongodbUri).asPromise();
  try {
    const { deadLetters } = await new MongoSpaces(database, mongodbUri).writer('default');
    const letter = {
      entry: '1.1-0',
      at: asMillis(0),
      reason: 'it failed',
      attempts: 8,
      actions: [],
      ids: [],
    };
    for (const id of ids) await deadLetters.put({ ...letter, id });
  } finally {
    await database.close();
  }
}

it('every call responds as documented, after success and errors', async () => {
  const document = (await (await fetch(`${hub.url}/openapi.json`)).json()) as oas31.OpenAPIObject;
  const caller = new Caller(document);
  const [service, ada] = [await hub.service(), await hub.api('ada', { objects: ['*'] })];
  const other = await hub.api('zoe');
  const [user, object] = [{ id: 'ada' }, { ref: 'project:p1' }];
  const wait = '?wait=1';

  const action = {
    actor: { type: 'user', id: 'bob', name: 'Bob' },
    verb: 'opened',
    targets: 'issue:7',
    related: ['project:p1', 'project:p2'],
    level: 'INFO',
    data: { deep: [{ a: null }] },
    note: 'more',
    body: 'Please look',
    url: '/issues/7',
    buttons: [
      { id: 'yes', label: 'Yes', style: 'primary' },
      { id: 'open', label: 'Open', url: '/issues/7' },
    ],
  };
  const track = { to: ['project:p1', 'issue'], actorOnly: false, since: '2020-01-01T00:00:00Z' };
  const made = await caller.call<TrackersAnswer>(ada, 'post /v1/users/{id}/track', user, track, wait);
  const tracker = made.body.trackers[0]?.id ?? '';
  await caller.call(ada, 'post /v1/users/{id}/track', user, { to: 'user:bob', verbs: ['opened'] });
  await caller.call(other, 'post /v1/users/{id}/track', user, track);
  await caller.call(ada, 'post /v1/users/{id}/track', user, {});
  const many = { trackers: [{ user: 'cy', to: 'project:p1' }] };
  await caller.call(service, 'post /v1/trackers', {}, many);
  await caller.call(service, 'post /v1/trackers', {}, many, wait);
  for (const status of ['trackers', 'tracked']) {
    await caller.call(ada, `get /v1/users/{id}/${status}`, user, undefined, '?type=project&verb=opened');
    await caller.call(other, `get /v1/users/{id}/${status}`, user);
  }
  await caller.call(service, 'get /v1/objects/{ref}/trackers', object, undefined, '?limit=1');
  await caller.call(service, 'get /v1/objects/{ref}/trackers/users', object);

  const logged = await caller.call<LogAnswer>(service, 'post /v1/actions', {}, action, wait);
  const group = {
    actions: [
      { ...action, groupingDelay: 60 },
      { ...action, actor: null, verb: 'archived' },
    ],
  };
  const grouped = await caller.call<LogAnswer>(service, 'post /v1/actions', {}, group, wait);
  expect(grouped.body.results?.map((result) => result.outcome)).toEqual(['grouped', 'created']);
  await caller.call(service, 'post /v1/actions', {}, { ...action, level: 10 });
  await caller.call(service, 'post /v1/actions', {}, { actor: 'nobody', verb: '' });
  await caller.call(ada, 'post /v1/actions', {}, action);
  const [id = ''] = logged.body.ids;
  await caller.call(service, 'get /v1/actions/{id}', { id });
  await caller.call(service, 'get /v1/actions/{id}', { id: 'none' });
  await caller.call(service, 'get /v1/actions', {}, undefined, '?verb=opened&verb=closed&level=20&limit=1');
  await caller.call(ada, 'get /v1/actions');
  await caller.call(ada, 'get /v1/objects/{ref}/actions', object, undefined, '?as=related&object=issue:7');
  await caller.call(ada, 'get /v1/trackers/{id}/actions', { id: tracker });
  await caller.call(ada, 'post /v1/actions/render', {}, { ids: [id], locale: 'de', context: { a: 1 } });
  await caller.call(ada, 'post /v1/actions/render', {}, { ids: [] });

  const page = await caller.call<FeedPage>(ada, 'get /v1/users/{id}/feed', user, undefined, '?includeOwn=1');
  expect(page.body.items).toHaveLength(2);
  const changes = 'get /v1/users/{id}/feed/changes';
  await caller.call(ada, changes, user, undefined, '?position=0000000000000000');
  await caller.call(ada, changes, user);
  await caller.call(ada, 'get /v1/users/{id}/feed/counts', user);
  const press = 'post /v1/users/{id}/feed/{item}/press';
  const itemOf = { ...user, item: page.body.items[0]?.id ?? '' };
  for (const button of ['open', 'yes', 'yes']) await caller.call(ada, press, itemOf, { button });
  await caller.call(ada, press, { ...user, item: 'none' }, { button: 'yes' });
  const ids = page.body.items.map((item) => item.id);
  await caller.call(ada, 'post /v1/users/{id}/feed/read', user, { ids, position: page.body.position });
  await caller.call(ada, 'post /v1/users/{id}/feed/unread', user, { all: true });
  await caller.call(ada, 'post /v1/users/{id}/feed/seen', user, { until: '2030-01-01T00:00:00Z' });
  await caller.call(ada, 'post /v1/users/{id}/feed/seen', user, {});
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await caller.call(ada, 'post /v1/users/{id}/feed/archive', user, { ids });
  await caller.call(ada, 'get /v1/users/{id}/feed', user, undefined, '?state=archived');
  await caller.call(ada, 'get /v1/users/{id}/feed', user, undefined, '?state=done');
  await caller.call(ada, 'post /v1/users/{id}/feed/unarchive', user, { all: true });
  await caller.call(ada, 'post /v1/users/{id}/feed/snooze', user, { ids, until });
  await caller.call(ada, changes, user, undefined, '?position=0000000000000000');
  await caller.call(ada, 'post /v1/users/{id}/feed/snooze', user, { ids, until: '2020-01-01T00:00:00Z' });
  await caller.call(ada, 'post /v1/users/{id}/feed/unsnooze', user, { ids });

  const registered = { objects: [{ type: 'project', id: 'p1', name: 'Website', url: '/p1' }, 'issue:8'] };
  await caller.call(service, 'put /v1/objects', {}, registered);
  await caller.call(service, 'put /v1/objects', {}, { objects: [{ type: 'project', id: 'p1', name: '' }] });
  await caller.call(ada, 'put /v1/objects', {}, registered);
  await caller.call(ada, 'get /v1/objects/{ref}', object);
  await caller.call(ada, 'get /v1/objects/{ref}', { ref: 'issue:8' });
  await caller.call(ada, 'get /v1/actions/{id}', { id });

  const event = { name: 'PageViewed', note: 'home', related: 'project:p1' };
  await caller.call<Event>(ada, 'post /v1/events', {}, event);
  await caller.call(service, 'post /v1/events', {}, { name: 'Nightly' });
  await caller.call(ada, 'post /v1/events', {}, { name: '' });
  await caller.call(service, 'get /v1/events', {}, undefined, '?limit=1&user=user:ada');
  await caller.call(ada, 'get /v1/objects/{ref}/events', object);
  await caller.call(ada, 'get /v1/users/{id}/events/latest', user);
  await caller.call(ada, 'get /v1/users/{id}/events/latest', user, undefined, '?name=None');
  await caller.call(ada, 'get /v1/users/{id}/events/stats', user);

  await caller.call(ada, 'post /v1/users/{id}/untrack', user, { from: 'project:p1', verbs: ['opened'] });
  await caller.call(ada, 'post /v1/users/{id}/untrack', user, { from: 'user:bob', verbs: ['opened'] });
  await caller.call(ada, 'post /v1/users/{id}/untrack', user, { from: { type: 'issue' } }, wait);
  const kept = { description: 'The late project', serialization: { p: [1] } };
  await caller.call(service, 'post /v1/objects/{ref}/deleted', object, kept, wait);
  await caller.call(service, 'get /v1/actions/{id}', { id });
  await caller.call(service, 'get /v1/objects/{ref}', object);
  await caller.call(service, 'put /v1/objects', {}, registered);
  await caller.call(ada, 'get /v1/users/{id}/feed', user);
  const closed = await caller.call(service, 'post /v1/users/{id}/track', { id: 'eve' }, { to: 'project:p1' });
  expect(closed.status).toBe(410);
  await caller.call(service, 'post /v1/objects/{ref}/deleted', { ref: 'issue:7' }, { actions: 'delete' });
  await caller.call(ada, 'post /v1/objects/{ref}/deleted', object, kept);
  const [second = ''] = (await caller.call<LogAnswer>(service, 'post /v1/actions', {}, action, wait)).body
    .ids;
  await caller.call(service, 'delete /v1/actions/{id}', { id: second });
  await caller.call(service, 'delete /v1/actions/{id}', { id: second }, undefined, wait);
  await caller.call(service, 'delete /v1/actions/{id}', { id: 'none' });
  await putLetters('first', 'second');
  await caller.call(service, 'get /v1/dead-letters', {}, undefined, '?limit=1');
  await caller.call(ada, 'get /v1/dead-letters');
  await caller.call(service, 'post /v1/dead-letters/{id}/retry', { id: 'first' });
  await caller.call(service, 'post /v1/dead-letters/{id}/retry', { id: 'none' });
  await caller.call(service, 'delete /v1/dead-letters/{id}', { id: 'second' });
  await caller.call(service, 'delete /v1/dead-letters/{id}', { id: 'none' });
  for (const path of ['healthz', 'readyz']) await caller.call(service, `get /${path}`);

  // Only JSON has a schema.
  const others = ['/metrics', '/docs', '/openapi.json'];
  const missing = allCalls
    .filter((operation) => !others.includes(operation.path))
    .flatMap(({ method, path, responses }) =>
      Object.keys(responses)
        .filter((status) => Number(status) < 300)
        .map((status) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')} ${status}`),
    )
    .filter((answered) => !caller.seen.has(answered));
  expect(missing).toEqual([]);
});

it('the page of the document loads only files of the gateway', async () => {
  const page = await fetch(`${hub.url}/docs`);
  const html = await page.text();
  expect(page.headers.get('content-type')).toContain('text/html');
  const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
  expect(parts.length).toBeGreaterThanOrEqual(4);
  for (const part of parts) {
    expect(part).toMatch(/^\/docs\//);
    expect((await fetch(hub.url + part)).status, part).toBe(200);
  }
});
