/** What docs/coming-from-django-actrack.md shows is what happens, and what it names is there. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { operations } from '../../server/openapi/operations.ts';
import { blocksOf, Program } from '../support/document.ts';
import { TestHub } from '../support/hub.ts';
import { SECRET } from '../support/services.ts';

const page = 'docs/coming-from-django-actrack.md';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

test('the program prints what the page says', async () => {
  const [text = ''] = await blocksOf(page, 'js');
  const [promised] = await blocksOf(page, 'text');
  const program = await Program.start(text, { HUB_URL: hub.url, HUBBUB_JWT_SECRET: SECRET });
  onTestFinished(() => program.stop());
  expect(await program.ended()).toBe(0);
  expect(program.printed).toBe(promised);
});

test('every call that the page names is one of the API', async () => {
  const text = await readFile(page, 'utf8');
  const named = [...text.matchAll(/`(GET|POST|DELETE) (\/v1\/[^`?\s]*)/g)];
  expect(named.length).toBeGreaterThan(20);
  const known = operations.map(({ method, path }) => `${method} ${path}`);
  for (const [, method = '', path = ''] of named) {
    const pattern = path.replace('/ada/', '/:id/').replace('train:1', ':ref');
    expect(known).toContain(`${method.toLowerCase()} ${pattern}`);
  }
});
