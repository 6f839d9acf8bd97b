/** examples/html with the hub of `npm start` and two users. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../../support/chromium.ts';
import { blocksOf } from '../../support/doc-program.ts';
import { Example } from '../../support/example.ts';
import { SECRET } from '../../support/services.ts';
import { StartedHub } from '../../support/started-hub.ts';
import { until } from '../../support/until.ts';

/** The folder for screenshots, which is not in the repository. */
const pictures = join(import.meta.dirname, '../../../.hubbub/screenshots');

let hub: StartedHub;
let example: Example;
let browser: Browser;
let url: string;
const complaints: string[] = [];
beforeAll(async () => {
  [hub, example, browser] = await Promise.all([StartedHub.open(), Example.install('html'), launchChromium()]);
  url = await example.start({ HUBBUB_URL: hub.url, HUBBUB_JWT_SECRET: SECRET });
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  expect(complaints.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await example?.remove();
  await hub?.close();
});

/** A user's page with a live bell. */
async function pageOf(user: string): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(`${url}/?as=${user}`);
  await page.locator('#comment:enabled').waitFor();
  return page;
}

/** The label of the bell's button contains the unread count. */
const bellOf = (page: Page, unread: number) =>
  page.getByRole('button', {
    name: unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`,
    exact: true,
  });

it('the other user gets a comment, counted, and marks it read', async () => {
  const [ann, ben] = await Promise.all([pageOf('ann'), pageOf('ben')]);
  await bellOf(ben, 0).waitFor();

  await ann.getByRole('button', { name: 'Comment on the login issue' }).click();
  await ann.getByText('Everyone who follows the project knows.').waitFor();
  await bellOf(ben, 1).waitFor();
  await ann.getByRole('button', { name: 'Comment on the login issue' }).click();
  await bellOf(ben, 2).waitFor();
  // The user's own actions arrive already read.
  await bellOf(ann, 0).waitFor();

  await bellOf(ben, 2).click();
  const items = ben.getByRole('article');
  await items.filter({ hasText: 'ann commented on Fix login in Acme' }).first().waitFor();
  mkdirSync(pictures, { recursive: true });
  await ben.screenshot({ path: join(pictures, 'example-html.png') });
  await items.first().click();
  await bellOf(ben, 1).waitFor();
  await ben.getByRole('button', { name: 'Mark all read' }).click();
  await bellOf(ben, 0).waitFor();
});

it('the page shows errors', async () => {
  const page = await pageOf('ann');
  await page.evaluate(`document.querySelector('hubbub-inbox').hub.close()`);
  await page.getByRole('button', { name: 'Comment on the login issue' }).click();
  await page.getByText('That did not work:').waitFor();
});

it('the server gives tokens to nobody', async () => {
  const response = await fetch(`${url}/token`);
  expect([response.status, await response.text()]).toEqual([400, 'the query names no user']);
  expect((await fetch(`${url}/server.mjs`)).status).toBe(404);
});

it('the server reports a missing secret', async () => {
  const { child, output } = await example.run({ HUBBUB_JWT_SECRET: '' });
  await until(() => child.exitCode !== null, 'the end');
  expect(child.exitCode).toBe(1);
  expect(output()).toBe(
    'HUBBUB_JWT_SECRET is missing: set it to the secret that the hub was started with.\n',
  );
});

it('the server reports a port that is in use', async () => {
  const { port } = new URL(url);
  const { child, output } = await example.run({ HUBBUB_JWT_SECRET: SECRET, PORT: port });
  await until(() => child.exitCode !== null, 'the end');
  expect(child.exitCode).toBe(1);
  expect(output()).toContain(`No page can be served at port ${port}: `);
});

it.each(['abc', '65536', '-1'])('the server reports an invalid port: %s', async (port) => {
  const { child, output } = await example.run({ HUBBUB_JWT_SECRET: SECRET, PORT: port });
  await until(() => child.exitCode !== null, 'the end');
  expect(child.exitCode).toBe(1);
  expect(output()).toBe(`PORT must be a port number from 0 to 65535, not "${port}".\n`);
});

it('the quick start contains these programs completely', async () => {
  const quickStart = 'docs/quick-start-html.md';
  expect(await blocksOf(quickStart, 'html')).toEqual([await readFile('examples/html/index.html', 'utf8')]);
  expect(await blocksOf(quickStart, 'js')).toEqual([await readFile('examples/html/server.mjs', 'utf8')]);
});
