import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ActionInput } from '../../protocol/entities.ts';
import { until } from '../support/until.ts';
import { type Look, Stage } from './stage.ts';

/** Where the pictures go, to be looked at; not kept in the repository. */
const pictures = join(import.meta.dirname, '../../.hubbub/screenshots');

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterEach(async () => {
  await stage.closePages();
  expect(stage.complaints.splice(0)).toEqual([]);
});

afterAll(() => stage.close());

/** Something Codertocat did, as another program tells the hub. */
async function log(...actions: Array<Partial<ActionInput>>): Promise<void> {
  const api = await stage.service();
  const answer = await api.post('/v1/actions?wait=1', {
    actions: actions.map((action) => ({
      actor: { type: 'user', id: 'Codertocat', name: 'Codertocat' },
      verb: 'opened issue',
      groupingDelay: -1,
      ...action,
    })),
  });
  expect(answer).toMatchObject({ status: 200 });
}

const issue = (name: string, url?: string) => ({ type: 'issue', id: name, name, ...(url ? { url } : {}) });
const itemOf = (page: Page, text: string) => page.locator('.item', { hasText: text });
const badgeOf = async (page: Page): Promise<number> =>
  Number((await page.locator('#badge').textContent({ timeout: 1_000 })) || 0);
async function badgeIs(page: Page, count: number): Promise<void> {
  await until(async () => {
    const badge = await badgeOf(page);
    if (badge !== count) throw new Error(`it is ${badge}`);
    return true;
  }, `a badge of ${count}`);
}
const countOf = (page: Page) => page.locator('.item').count();

async function readAll(user: string): Promise<void> {
  const api = await stage.service();
  const answer = await api.post(`/v1/users/${user}/feed/read`, { all: true });
  expect(answer).toMatchObject({ status: 200, body: { counts: { unread: 0 } } });
}

describe('the inbox', () => {
  it('shows an action logged by another client, without a reload', async () => {
    const page = await stage.pageOf('octocat');
    await page.evaluate(`document.body.setAttribute('data-same', 'page')`);
    const before = await badgeOf(page);
    await log({ targets: issue('<b>Live</b> & well', 'https://github.com/Codertocat/Hello-World/issues/1') });

    const item = itemOf(page, '<b>Live</b> & well');
    await item.waitFor();
    expect(await item.locator('.sentence').textContent()).toBe(
      'Unread: Codertocat opened issue <b>Live</b> & well',
    );
    expect(await item.locator('b').count()).toBe(0);
    expect(await item.locator('a', { hasText: 'Live' }).getAttribute('href')).toBe(
      'https://github.com/Codertocat/Hello-World/issues/1',
    );
    expect(await item.locator('time').textContent()).toBe('now');
    await badgeIs(page, before + 1);
    expect(await page.title()).toBe(`(${before + 1}) Hubbub`);
    expect(await page.getAttribute('body', 'data-same')).toBe('page');
    await until(
      async () => (await page.locator('#arrivals').textContent())?.includes('well'),
      'the announcement',
    );
  });

  it('lowers the badge of a second tab when an item is marked read in the first', async () => {
    await readAll('octocat');
    await log({ targets: issue('In two tabs') }, { targets: issue('Stays unread') });
    const [first, second] = await Promise.all([stage.pageOf('octocat'), stage.pageOf('octocat')]);
    await Promise.all([badgeIs(first, 2), badgeIs(second, 2)]);

    const item = itemOf(first, 'In two tabs');
    await item.hover();
    await item.getByRole('button', { name: /^Mark read: / }).click();
    await Promise.all([badgeIs(first, 1), badgeIs(second, 1)]);
    await itemOf(second, 'In two tabs').locator('xpath=self::*[not(contains(@class, "unread"))]').waitFor();

    await itemOf(second, 'In two tabs')
      .getByRole('button', { name: /^Mark unread: / })
      .click();
    await Promise.all([badgeIs(first, 2), badgeIs(second, 2)]);
  });

  it('marks all read, everywhere', async () => {
    await log({ targets: issue('One of all') });
    const [first, second] = await Promise.all([stage.pageOf('octocat'), stage.pageOf('octocat')]);
    await first.getByRole('button', { name: 'Mark all read' }).click();
    await Promise.all([first, second].map((page) => page.locator('#badge').waitFor({ state: 'hidden' })));
    await until(async () => (await second.locator('.item.unread').count()) === 0, 'all read');
    expect(await second.title()).toBe('Hubbub');
    expect(await first.getByRole('button', { name: 'Mark all read' }).isDisabled()).toBe(true);
  });

  it('loads older items until there are none', async () => {
    await log(
      ...Array.from({ length: 45 }, (_, n) => ({
        verb: 'published',
        targets: { type: 'release', id: `r${n}`, name: `v${n}` },
      })),
    );
    const page = await stage.pageOf('rachmari');
    await until(async () => (await countOf(page)) === 20, '20 items');
    const older = page.getByRole('button', { name: 'Load older' });
    await older.click();
    await until(async () => (await countOf(page)) === 40, '40 items');
    await older.click();
    await until(async () => (await countOf(page)) === 45, '45 items');
    await older.waitFor({ state: 'hidden' });
    expect(new Set(await page.locator('.sentence').allTextContents()).size).toBe(45);
  });

  it('says when there is nothing, and whom it belongs to', async () => {
    const page = await stage.pageOf('Codertocat');
    await page.getByText('Nothing here yet').waitFor();
    expect(await page.locator('#follows li').count()).toBe(7);
    await page.getByLabel('Signed in as').selectOption('octocat');
    await itemOf(page, 'published v44').waitFor();
    expect(new URL(page.url()).hash).toBe('#as=octocat');
    expect(await page.locator('#follows').textContent()).toContain('Codertocat');
  });

  it('shows initials where a picture is missing, and links no address but http', async () => {
    await log({
      actor: {
        type: 'user',
        id: 'Codertocat',
        name: 'Grace Hopper',
        image: 'https://pictures.invalid/none.png',
      },
      targets: { type: 'issue', id: 'evil', name: 'A bad link', url: 'https://example.com/fine' },
      related: { type: 'page', id: 'odd', name: 'An odd page', url: 'javascript:alert(1)' },
    });
    const page = await stage.pageOf('octocat');
    const item = itemOf(page, 'A bad link');
    await item.waitFor();
    expect(await item.locator('.initials').textContent()).toBe('GH');
    expect(await item.locator('img').count()).toBe(0);
    expect(await item.locator('a').allTextContents()).toEqual(['A bad link']);
  });
});

describe('the tools', () => {
  it('send what was composed to those who follow it', async () => {
    const [sender, reader] = await Promise.all([stage.pageOf('hacktocat'), stage.pageOf('monalisa')]);
    await sender.getByLabel('Verb').fill('proposed');
    await sender.getByLabel('Target').fill('idea:composed-in-the-page');
    await sender.getByRole('button', { name: 'Send as hacktocat' }).click();
    await sender.getByText('Sent to everyone who follows').waitFor();
    await itemOf(reader, 'hacktocat proposed composed-in-the-page').waitFor();
  });

  it('name the field that is wrong', async () => {
    const page = await stage.pageOf('hacktocat');
    await page.getByLabel('Target').fill('no ref at all');
    await page.getByRole('button', { name: 'Send as hacktocat' }).click();
    await page.locator('#compose-status.failed', { hasText: 'targets' }).waitFor();
    expect(await page.locator('#connection').textContent()).toBe('Live');
  });

  it('replay real payloads at a chosen pace until stopped', async () => {
    const page = await stage.pageOf('hacktocat');
    const before = await countOf(page);
    await page.getByLabel('Pace').fill('5');
    expect(await page.locator('#rate-shown').textContent()).toBe('20 per second');
    await page.locator('#replay').getByRole('button', { name: 'Start' }).click();
    await until(async () => (await countOf(page)) >= before + 15, '15 arrivals');
    await page.locator('#replay').getByRole('button', { name: 'Stop' }).click();
    await page.locator('#replay').getByRole('button', { name: 'Start' }).waitFor();
    expect(await page.locator('#replay-status').textContent()).toMatch(/^\d+ sent, round 1 of \d+ payloads$/);
  });

  it('can be used with the keyboard alone', async () => {
    await log({ targets: issue('By keyboard') });
    const page = await stage.pageOf('octocat');
    await itemOf(page, 'By keyboard').waitFor();
    const focused = page.locator(':focus');
    const focus = async (): Promise<string> =>
      (await focused.getAttribute('aria-label')) ?? (await focused.getAttribute('id')) ?? '';
    const press = async (key: string, wanted: RegExp): Promise<void> => {
      for (let presses = 0; presses < 40; presses += 1) {
        await page.keyboard.press(key);
        if (wanted.test(await focus())) return;
      }
      throw new Error(`${key} never reached ${wanted}`);
    };
    await page.keyboard.press('Tab');
    expect(await focused.textContent()).toBe('Skip to the inbox');
    await page.keyboard.press('Enter');
    await press('Tab', /^Mark read: .*By keyboard/);
    await page.keyboard.press('Enter');
    await until(
      async () => /^Mark unread: .*By keyboard/.test(await focus()),
      'the same item’s button, focused',
    );
    await press('Shift+Tab', /^read-all$/);
    await page.keyboard.press('Enter');
    await page.locator('#badge').waitFor({ state: 'hidden' });
    // The focus is seen: an outline, not only a colour.
    await press('Tab', /^Mark unread: /);
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
  });
});

describe('the look', () => {
  it('has room for everything from 360 to 1400 pixels, in light and dark', async () => {
    mkdirSync(pictures, { recursive: true });
    await readAll('hacktocat');
    await log(
      {
        verb: 'merged pull request',
        targets: { type: 'pull_request', id: '2', name: 'Update the README with new information.' },
        related: 'repository:Codertocat/Hello-World',
      },
      {
        verb: 'commented on issue',
        targets: issue('Averyveryverylongwordwithoutanyspaceinitwhatsoever'.repeat(4)),
        related: 'repository:Codertocat/Hello-World',
      },
    );
    const looks: Look[] = (['light', 'dark'] as const).flatMap((colorScheme) =>
      [360, 375, 768, 1280, 1400].map((width) => ({ width, height: 860, colorScheme })),
    );
    for (const look of looks) {
      const page = await stage.pageOf('hacktocat', look);
      await itemOf(page, 'Averyvery').waitFor();
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow, `${look.width} px, ${look.colorScheme}`).toBe(0);
      await page.screenshot({ path: join(pictures, `inbox-${look.colorScheme}-${look.width}.png`) });
      await stage.closePages();
    }
  });
});
