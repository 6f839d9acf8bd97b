/** The API reference in a browser without internet. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { allCalls } from '../../server/operations/operations.ts';
import { serviceToken } from '../support/tokens.ts';
import { DemoFixture } from './demo-fixture.ts';

/** The folder for screenshots, which is not in the repository. */
const pictures = join(import.meta.dirname, '../../.hubbub/screenshots');

let demo: DemoFixture;
beforeAll(async () => {
  demo = await DemoFixture.open();
});
afterAll(() => demo.close());

it('the reference shows every call, and tries them out with a pasted token', async () => {
  const page = await demo.page('/docs');
  await page.locator('.opblock').first().waitFor();
  expect(await page.locator('.opblock').count()).toBe(allCalls.length);
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, 'docs.png'), fullPage: true });

  await page.locator('.btn.authorize').click();
  await page.locator('.auth-container input').fill(await serviceToken());
  await page.locator('.auth-btn-wrapper .authorize').click();
  await page.locator('.btn-done').click();

  const log = page.locator('#operations-Actions-logActions');
  await log.locator('.opblock-summary-control').click();
  await log.locator('.try-out__btn').click();
  await log.locator('tr[data-param-name="wait"] select').selectOption('true');
  const action = { actor: 'user:monalisa', verb: 'read', targets: 'page:docs' };
  await log.locator('textarea.body-param__text').fill(JSON.stringify(action));
  await log.locator('.execute').click();
  const response = log.locator('.live-responses-table .response');
  await response.waitFor();
  expect(await response.locator('.response-col_status').textContent()).toMatch(/^200/);
  expect(await response.textContent()).toContain('monalisa read page docs');

  const list = page.locator('#operations-Actions-listActions');
  await list.locator('.opblock-summary-control').click();
  await list.locator('.try-out__btn').click();
  await list.locator('tr[data-param-name="target"] input').fill('page:docs');
  await list.locator('.execute').click();
  const listed = list.locator('.live-responses-table .response');
  await listed.waitFor();
  expect(await listed.textContent()).toContain('monalisa read page docs');
  await demo.closePages();
  expect(demo.consoleErrors).toEqual([]);
});
