/** The Express middleware, in an application with a real hub. */
import { createHubServer, type HubError, trackPages } from '@hubbub/node';
import express, { type Request, type Response } from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Event, Page } from '../../protocol/entities.ts';
import { Application } from '../support/application.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { SECRET } from '../support/services.ts';
import { until } from '../support/until.ts';

const records: string[] = [];
let hub: TestHub;
let service: Api;
let application: Application;
let user: string;
let users = 0;
const errors: HubError[] = [];
/** Requests to pages whose response never ends. */
let startedAt = 0;

beforeAll(async () => {
  const settings = { LOG_LEVEL: 'fatal' };
  hub = await TestHub.start({ workers: 0, settings, eventRecords: { write: (line) => records.push(line) } });
  service = await hub.service();
  application = await Application.serve(appOf(hub.url));
});
beforeEach(() => {
  users += 1;
  user = `user-${users}`;
  errors.length = 0;
  records.length = 0;
  startedAt = 0;
});
afterAll(async () => {
  application.close();
  await hub.close();
});

function appOf(url: string): express.Express {
  const app = express();
  app.use(
    trackPages<Request>(createHubServer({ url, secret: SECRET }), {
      user: (request) => request.get('x-user') ?? null,
      related: (request) => request.get('x-about'),
      ignore: (request) => request.path.startsWith('/assets/'),
      onError: (error) => errors.push(error),
    }),
  );
  app.get('/page', (_request, response) => void response.send('hello'));
  app.get('/moved', (_request, response) => response.redirect('/login?token=secret#top'));
  app.get('/broken', (_request, response) => void response.status(500).send('no'));
  app.get('/thrown', () => {
    throw new Error('thrown by the application');
  });
  app.get('/assets/a.css', (_request, response) => void response.send('a {}'));
  const halfway = (response: Response) => {
    response.write('half of');
    startedAt += 1;
  };
  app.get('/halfway', (_request, response) => {
    halfway(response);
    throw new Error('thrown half-way');
  });
  app.get('/endless', (_request, response) => halfway(response));
  app.get('/silent', () => {
    startedAt += 1;
  });
  const files = express.Router();
  files.get('/:name', (request, response) => void response.send(request.params.name));
  app.use('/files', files);
  // The test causes these errors itself, so they are not printed.
  app.use((_error: unknown, _request: Request, response: Response, next: (error?: unknown) => void) => {
    if (response.headersSent) return next('destroyed');
    response.status(500).send('failed');
  });
  return app;
}

const as = (named = user) => ({ 'x-user': named });
const eventsOf = async () => (await service.get<Page<Event>>(`/v1/events?user=${user}`)).body.items;

/** The only event of the work, when all requests are complete. */
async function recorded(): Promise<Event> {
  await until(async () => (await eventsOf()).length > 0, 'an event');
  // A later event proves that no other one was pending.
  await application.visit('/page', { ...as(), 'x-about': 'check:last' });
  await until(
    async () => (await eventsOf()).some((event) => event.related?.type === 'check'),
    'the last event',
  );
  const events = (await eventsOf()).filter((event) => event.related?.type !== 'check');
  expect(events).toHaveLength(1);
  expect(errors).toEqual([]);
  return events[0] as Event;
}

describe('a visit', () => {
  test.each([
    ['/page', 200, 'PageViewed', '/page'],
    ['/page?secret=1', 200, 'PageViewed', '/page'],
    ['/files/a%20b', 200, 'PageViewed', '/files/a%20b'],
    ['/moved', 302, 'Redirected', '/moved → /login'],
    ['/broken', 500, 'PageError', '/broken (500)'],
    ['/thrown', 500, 'PageError', '/thrown (500)'],
    ['/nowhere', 404, 'PageError', '/nowhere (404)'],
  ])('of %s with status %i is recorded as %s', async (path, status, name, note) => {
    expect((await application.visit(path, as())).status).toBe(status);
    expect(await recorded()).toEqual({
      id: expect.any(String),
      user: { type: 'user', id: user },
      name,
      timestamp: expect.any(String),
      note,
      related: null,
    });
  });

  test('of a cached page is a view', async () => {
    const first = await fetch(`${application.url}/page`);
    const etag = first.headers.get('etag') ?? '';
    // Browsers send this on reload; without it this client would request the whole page.
    const headers = { ...as(), 'if-none-match': etag, 'cache-control': 'max-age=0' };
    expect((await application.visit('/page', headers)).status).toBe(304);
    expect(await recorded()).toMatchObject({ name: 'PageViewed', note: '/page' });
  });

  test('of an unknown visitor has no user, but keeps its objects', async () => {
    await application.visit('/page', { 'x-about': `project:${user}` });
    const of = async () => (await service.get<Page<Event>>(`/v1/objects/project:${user}/events`)).body.items;
    await until(async () => (await of()).length > 0);
    expect(await of()).toMatchObject([
      { user: null, name: 'PageViewed', related: { type: 'project', id: user } },
    ]);
  });

  test('of an ignored path is not recorded', async () => {
    await application.visit('/assets/a.css', as());
    await application.visit('/page', as());
    expect(await recorded()).toMatchObject({ note: '/page' });
  });

  test('is recorded with the request of the visitor, not that of the application', async () => {
    await application.visit('/page?secret=1', { ...as(), 'user-agent': 'Firefox/140' });
    const event = await recorded();
    const record = records.map((line) => JSON.parse(line)).find((each) => each.id === event.id);
    expect(record.request).toEqual({
      method: 'GET',
      path: '/page',
      address: '127.0.0.1',
      agent: 'Firefox/140',
    });
  });
});

describe('a response that breaks off', () => {
  test('because the application throws is recorded once, as an error', async () => {
    await expect(application.visit('/halfway', as())).rejects.toThrow();
    expect(await recorded()).toMatchObject({ name: 'PageError', note: '/halfway (broken off)' });
  });

  test.each(['/endless', '/silent'])(
    'because the visitor leaves %s is recorded once, as an error',
    async (path) => {
      await application.abandon(
        path,
        as(),
        until(() => startedAt === 1),
      );
      expect(await recorded()).toMatchObject({ name: 'PageError', note: `${path} (broken off)` });
    },
  );
});

test('an application works without a hub, and gets the errors of missing records', async () => {
  // Nothing listens on a port that was just closed.
  const gone = await Application.serve(express());
  gone.close();
  const alone = await Application.serve(appOf(gone.url));
  onTestFinished(() => alone.close());
  const visits = await Promise.all(Array.from({ length: 20 }, () => alone.visit('/page', as())));
  expect(visits.every(({ status, text }) => status === 200 && text === 'hello')).toBe(true);
  await until(() => errors.length === 20, 'all errors are reported');
  expect(new Set(errors.map((error) => error.code))).toEqual(new Set(['disconnected']));
});
