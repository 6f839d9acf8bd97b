/** examples/node and docs/quick-start-node.md, with the hub of `npm start`. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createDemoGateway } from '../../demo/demo-gateway.ts';
import type { Event, Page } from '../../protocol/entities.ts';
import { createWorker } from '../../workers/worker.ts';
import { blocksOf } from '../support/doc-program.ts';
import { Example } from '../support/example.ts';
import { Api } from '../support/http.ts';
import { isolatedServices, SECRET } from '../support/services.ts';
import { serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const quickStart = 'docs/quick-start-node.md';

let api: Api;
let example: Example;
let url: string;
const running: Array<() => Promise<unknown>> = [];
beforeAll(async () => {
  const services = await isolatedServices();
  running.push(() => services.remove());
  const gateway = await createDemoGateway(services.config, {});
  running.push(() => gateway.close());
  const worker = createWorker(services.config);
  running.push(() => worker.close());
  const { url: hubUrl } = await gateway.listen();
  await worker.start();
  await gateway.ready();
  api = new Api(hubUrl, await serviceToken());
  example = await Example.install('node');
  running.push(() => example.remove());
  url = await example.start({ HUBBUB_URL: hubUrl, HUBBUB_JWT_SECRET: SECRET });
}, 120_000);
afterAll(async () => {
  for (const stop of running.reverse()) await stop();
});

test('the quick start contains the programs completely', async () => {
  const files = ['examples/node/server.mjs', 'examples/node/feed.mjs'];
  expect(await blocksOf(quickStart, 'js')).toEqual(
    await Promise.all(files.map((file) => readFile(file, 'utf8'))),
  );
});

test('the programs print the output of the quick start', async () => {
  const [commands = ''] = await blocksOf(quickStart, 'sh');
  const calls = [...commands.matchAll(/^curl -X (\w+) -H 'x-user: (\w+)' http:\/\/localhost:8081(\S+)$/gm)];
  expect(calls).toHaveLength(commands.trimEnd().split('\n').length);
  for (const [, method = '', user = '', path = ''] of calls) {
    const reply = await fetch(url + path, { method, headers: { 'x-user': user } });
    expect([path, reply.status]).toEqual([path, 200]);
  }
  const [promised = ''] = await blocksOf(quickStart, 'text');
  expect(promised).toContain('closed');
  const feed = await example.run({ APPLICATION_URL: url }, 'feed.mjs');
  await until(() => feed.output().endsWith(promised), 'what it prints');
  expect(feed.child.exitCode).toBeNull();
});

test('a request that is sent twice logs once', async () => {
  const close = () =>
    fetch(`${url}/issues/8/close`, {
      method: 'POST',
      headers: { 'x-user': 'ann', 'idempotency-key': 'once' },
    });
  expect([(await close()).status, (await close()).status]).toEqual([200, 200]);
  await until(async () => (await actionsOf('issue:8')) === 1, 'the action');
  expect(await actionsOf('issue:8')).toBe(1);
});

const actionsOf = async (object: string): Promise<number> =>
  (await api.get<Page<unknown>>(`/v1/objects/${object}/actions`)).body.items.length;

test('page views are recorded, with the objects of the page', async () => {
  const seen = await fetch(`${url}/issues/9?from=mail`, { headers: { 'x-user': 'ann' } });
  expect(await seen.text()).toBe('This is issue 9.\n');
  const event = await until(async () => {
    const { items } = (await api.get<Page<Event>>('/v1/objects/issue:9/events')).body;
    return items[0];
  }, 'the event');
  expect(event).toMatchObject({ name: 'PageViewed', user: { id: 'ann' }, note: '/issues/9' });
});

test('an unknown visitor gets nothing', async () => {
  for (const path of ['/token', '/issues/9']) expect((await fetch(url + path)).status).toBe(401);
});

test('an error of the hub is not reported as an error of the visitor', async () => {
  const reply = await fetch(`${url}/issues/${'9'.repeat(300)}/follow`, {
    method: 'POST',
    headers: { 'x-user': 'ben' },
  });
  expect([reply.status, await reply.text()]).toEqual([500, 'Something went wrong.\n']);
});

test('the application reports a missing secret', async () => {
  const { child, output } = await example.run({ HUBBUB_JWT_SECRET: '' });
  await until(() => child.exitCode !== null, 'the end');
  expect(child.exitCode).toBe(1);
  expect(output()).toBe(
    'HUBBUB_JWT_SECRET is missing: set it to the secret that the hub was started with.\n',
  );
});

test('the application reports a port that is in use', async () => {
  const { port } = new URL(url);
  const { child, output } = await example.run({ HUBBUB_JWT_SECRET: SECRET, PORT: port });
  await until(() => child.exitCode !== null, 'the end');
  expect(child.exitCode).toBe(1);
  expect(output()).toContain(`Nothing can be served at port ${port}: `);
});

test('the application reports an invalid port', async () => {
  const { child, output } = await example.run({ HUBBUB_JWT_SECRET: SECRET, PORT: 'abc' });
  await until(() => child.exitCode !== null, 'the end');
  expect(child.exitCode).toBe(1);
  expect(output()).toBe('PORT must be a port number from 0 to 65535, not "abc".\n');
});

test('the feed reports an unavailable application, and a missing token', async () => {
  const application = createServer((_request, response) => response.writeHead(503).end());
  onTestFinished(() => void application.close());
  await once(application.listen(0), 'listening');
  const address = application.address();
  const there = `http://localhost:${typeof address === 'object' && address?.port}`;
  for (const reason of ['status 503', 'ECONNREFUSED']) {
    const { child, output } = await example.run({ APPLICATION_URL: there }, 'feed.mjs');
    await until(() => child.exitCode !== null, 'the end');
    expect(child.exitCode).toBe(1);
    expect(output()).toBe(`${there} gives no token (${reason}): is the application running?\n`);
    // The second time, nothing listens there.
    await new Promise((closed) => application.close(closed));
  }
});
