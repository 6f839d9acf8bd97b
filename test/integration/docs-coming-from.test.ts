/** The examples of docs/coming-from-django-actrack.md work on the hub of `npm start`, and the names in it exist. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createDemoGateway } from '../../demo/demo-gateway.ts';
import { allCalls } from '../../server/operations/operations.ts';
import { createWorker } from '../../workers/worker.ts';
import { blocksOf, Program } from '../support/doc-program.ts';
import { isolatedServices, SECRET } from '../support/services.ts';

const page = 'docs/coming-from-django-actrack.md';

let url: string;
const running: Array<() => Promise<unknown>> = [];
beforeAll(async () => {
  const services = await isolatedServices();
  running.push(() => services.remove());
  const gateway = await createDemoGateway(services.config, {});
  running.push(() => gateway.close());
  const worker = createWorker(services.config);
  running.push(() => worker.close());
  ({ url } = await gateway.listen());
  await worker.start();
  // The demo's users have trackers, and items in their feeds.
  await gateway.ready();
});
afterAll(async () => {
  for (const stop of running.reverse()) await stop();
});

test('the program prints the output of the page', async () => {
  const [text = ''] = await blocksOf(page, 'js');
  const [promised] = await blocksOf(page, 'text');
  const program = await Program.start(text, { HUB_URL: url, HUBBUB_JWT_SECRET: SECRET });
  onTestFinished(() => program.stop());
  expect(await program.exitCode()).toBe(0);
  expect(program.output).toBe(promised);
});

test('every call of the page exists in the API', async () => {
  const text = await readFile(page, 'utf8');
  const named = [...text.matchAll(/`(GET|POST|DELETE) (\/v1\/[^`?\s]*)/g)];
  expect(named.length).toBeGreaterThan(20);
  const known = allCalls.map(({ method, path }) => `${method} ${path}`);
  for (const [, method = '', path = ''] of named) {
    const pattern = path.replace('/nina/', '/:id/').replace('train:1', ':ref');
    expect(known).toContain(`${method.toLowerCase()} ${pattern}`);
  }
});
