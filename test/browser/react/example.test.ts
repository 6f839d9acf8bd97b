/** examples/react with the hub of `npm start` and several users. */
import { mkdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Example } from '../../support/example.ts';
import { SECRET } from '../../support/services.ts';
import { until } from '../../support/until.ts';
import { Application, type Look } from './application.ts';

/** The folder for screenshots, which is not in the repository. */
const pictures = join(import.meta.dirname, '../../../.hubbub/screenshots');

let example: Example;
let application: Application;
beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  example = await Example.install('react');
  application = await Application.start(example);
});
afterEach(async () => {
  expect(await application.clear()).toEqual([]);
});
afterAll(async () => {
  await application?.close();
  await example?.remove();
});

/** Opens a user's board, and waits until it is live. */
async function boardOf(user: string, look: Look = {}): Promise<Page> {
  const page = await application.page(`/?as=${user}`, look);
  await page.locator('.connection[data-state="online"]').waitFor();
  await page.locator('.column[aria-busy="false"]').first().waitFor();
  return page;
}
const card = (page: Page, column: 'Open' | 'Done', name: string) =>
  page.getByRole('region', { name: column }).locator('.card', { hasText: name });
const bell = (page: Page, unread: number) =>
  page.getByRole('button', {
    name: unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`,
    exact: true,
  });

it('the example starts empty, independent of the demo', async () => {
  await until(
    async () => (await application.actionsOf('project:website', 'closed')) > 0,
    'the demo’s activity',
  );
  const ann = await boardOf('ann');
  await ann.getByText('Close an issue, and it shows up here.').waitFor();
  expect(await ann.getByRole('complementary', { name: 'What happened' }).getByRole('listitem').count()).toBe(
    0,
  );
});

it('a closed issue moves on every board, notifies the other user, and stays read', async () => {
  const [ann, ben] = await Promise.all([boardOf('ann'), boardOf('ben')]);
  await bell(ben, 0).waitFor();
  await ann.getByRole('button', { name: 'Close: Say sorry on the error page' }).click();

  await bell(ben, 1).waitFor();
  await Promise.all([ann, ben].map((page) => card(page, 'Done', 'Say sorry').waitFor()));
  expect(await card(ben, 'Done', 'Say sorry').textContent()).toContain('closed by Ann Baker');
  await ben
    .getByRole('complementary', { name: 'What happened' })
    .getByRole('listitem')
    .filter({ hasText: 'Ann Baker closed Say sorry on the error page' })
    .waitFor();
  // The user's own actions arrive already read.
  await bell(ann, 0).waitFor();

  await bell(ben, 1).click();
  const panel = ben.getByRole('dialog', { name: 'Notifications' });
  const item = panel.getByRole('article', {
    name: 'Unread: Ann Baker closed Say sorry on the error page in Relaunch',
  });
  // Beside the names, which have links of their own.
  await item.click({ position: { x: 4, y: 4 } });
  await bell(ben, 0).waitFor();
  expect(new URL(ben.url()).hash).toBe('#issue-2');

  await until(async () => (await application.unreadOf('ben')) === 0, 'the hub knows');
  await ben.reload();
  expect(await ben.getByLabel('Signed in as').inputValue()).toBe('ben');
  await card(ben, 'Done', 'Say sorry').waitFor();
  await bell(ben, 0).click();
  await panel.getByRole('button', { name: /^Mark unread: Ann Baker closed Say sorry/ }).click();
  await bell(ben, 1).waitFor();
  await bell(ann, 0).waitFor();
});

it('the page changes the user without a reload', async () => {
  const [ann, page] = await Promise.all([boardOf('ann'), boardOf('ann')]);
  await page.evaluate(`document.body.setAttribute('data-same', 'page')`);
  // A new user tracks nothing yet.
  await page.getByLabel('Signed in as').selectOption('cleo');
  await bell(page, 0).waitFor();
  await page.locator('.connection[data-state="online"]').waitFor();
  // Tracked since a moment ago: later actions are unread.
  await until(async () => {
    await ann.getByRole('button', { name: /Find words with umlauts/ }).click();
    return (await page.getByRole('button', { name: /^Notifications, \d+ unread$/ }).count()) === 1;
  }, 'a bell that rings');
  expect(await page.getAttribute('body', 'data-same')).toBe('page');
  expect(new URL(page.url()).search).toBe('?as=cleo');
});

it('the board reopens issues, and shows actions, large and small, light and dark', async () => {
  const ben = await boardOf('ben');
  await ben.getByRole('button', { name: 'Close: Print invoices on one page' }).click();
  await card(ben, 'Done', 'Print invoices').waitFor();
  await ben.getByRole('button', { name: 'Close: Remember the sorting of tables' }).click();
  await ben.getByRole('button', { name: 'Reopen: Print invoices on one page' }).click();
  await card(ben, 'Open', 'Print invoices').waitFor();
  for (const [name, look] of Object.entries<Look>({
    light: {},
    dark: { colorScheme: 'dark' },
    narrow: { width: 375, height: 800 },
  })) {
    const page = await boardOf('ann', look);
    await card(page, 'Done', 'Remember the sorting').waitFor();
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    await page.getByRole('button', { name: /^Notifications/ }).click();
    await page
      .getByRole('article', { name: /Ben Carter reopened Print invoices/ })
      .first()
      .waitFor();
    await page.screenshot({ path: join(pictures, `react-example-${name}.png`) });
  }
});

it('the server gives tokens to nobody else', async () => {
  const headers = { 'content-type': 'application/json' };
  for (const body of ['{"user":"mallory"}', '{}', '[]']) {
    const response = await fetch(`${application.url}/token`, { method: 'POST', headers, body });
    expect([body, response.status]).toEqual([body, 403]);
  }
  expect((await fetch(`${application.url}/server.mjs`)).status).toBe(404);
});

it('the server reports a missing setting', async () => {
  const said = async (env: Record<string, string>): Promise<string> => {
    const { child, output } = await example.run(env);
    await until(() => child.exitCode !== null, 'the end');
    expect(child.exitCode).toBe(1);
    return output();
  };
  expect(await said({ HUBBUB_JWT_SECRET: '' })).toBe(
    'HUBBUB_JWT_SECRET is missing: set it to the secret that the hub was started with.\n',
  );
  expect(await said({ HUBBUB_JWT_SECRET: SECRET, PORT: 'abc' })).toBe(
    'PORT must be a port number from 0 to 65535, not "abc".\n',
  );
  const { port } = new URL(application.url);
  expect(await said({ HUBBUB_JWT_SECRET: SECRET, PORT: port })).toContain(
    `Nothing can be served at port ${port}: `,
  );
  await rename(join(example.folder, 'dist'), join(example.folder, 'away'));
  expect(await said({ HUBBUB_JWT_SECRET: SECRET, PORT: '0' })).toBe(
    'dist is missing: run "npm run build" first.\n',
  );
});
