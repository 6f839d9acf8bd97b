/** The demo page with two users side by side, in a real browser with real services. */
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Event } from '../../protocol/entities.ts';
import { PageLink } from '../support/page-link.ts';
import { until } from '../support/until.ts';
import { DemoFixture } from './demo-fixture.ts';
import { act, entries, first, issueRow, isUnread, open, second, timelineEntries } from './demo-page.ts';

let demo: DemoFixture;

beforeAll(async () => {
  demo = await DemoFixture.open();
});

afterEach(async () => {
  await demo.closePages();
  expect(demo.consoleErrors.splice(0)).toEqual([]);
});

afterAll(() => demo.close());

describe('two people', () => {
  it('get pushes at once, and the page shows the latency', async () => {
    const page = await demo.pageOf('ada');
    const before = await demo.unreadOf('grace');
    await open(page, 'Say hello');
    const entry = entries(second(page), 'Ada opened Say hello in Website');
    await entry.waitFor();
    await expect.poll(() => isUnread(entry)).toBe(true);
    expect(await demo.unreadOf('grace')).toBe(before + 1);
    await until(
      async () => /^heard in \d+ ms$/.test((await second(page).locator('.arrival').textContent()) ?? ''),
      'the latency',
    );
    expect(await page.locator('#latency').textContent()).toMatch(/^\d+$/);
    await until(
      async () =>
        /^Ada opened Say hello\. Grace heard in \d+ ms\.$/.test(
          (await page.locator('#said').textContent()) ?? '',
        ),
      'what was said',
    );
    expect(await page.locator('#ran').textContent()).toContain(
      "hub.log({\n  actor: 'user:ada',\n  verb: 'opened',",
    );
    // The user's own actions are read from the start.
    expect(await isUnread(entries(first(page), 'Ada opened Say hello'))).toBe(false);

    await act(page, 'Grace');
    await page.getByRole('button', { name: 'Close Say hello' }).click();
    await entries(first(page), 'Grace closed Say hello').waitFor();
    await page.getByRole('button', { name: 'Reopen Say hello' }).click();
    await entries(first(page), 'Grace reopened Say hello').waitFor();
    await page.getByRole('button', { name: 'Comment on Say hello' }).click();
    await entries(first(page), 'Grace commented on Say hello').waitFor();
  });

  it('answer a request for a review by its buttons, once, in every tab', async () => {
    const [page, other] = [await demo.pageOf('ada', {}, 'grace'), await demo.pageOf('ada', {}, 'alan')];
    const request = entries(first(page), 'Katherine asked for a review of Add a dark theme');
    const approve = request.getByRole('button', { name: 'Approve' });
    await approve.click();
    await entries(second(page), 'Ada approved Add a dark theme in Website').waitFor();
    expect(await approve.getAttribute('aria-pressed')).toBe('true');
    const elsewhere = entries(first(other), 'Katherine asked for a review of Add a dark theme');
    const changes = elsewhere.getByRole('button', { name: 'Ask for changes' });
    await expect.poll(() => changes.getAttribute('aria-disabled')).toBe('true');
    await expect.poll(() => isUnread(elsewhere)).toBe(false);
    await entries(first(page), 'Warning: ').first().waitFor();
  });

  it('come from the URL, and swap if the other one is chosen', async () => {
    const page = await demo.pageOf('katherine', {}, 'ada');
    const names = () => page.locator('.user-panel [part="title"]').allTextContents();
    expect(await names()).toEqual(['Katherine’s inbox', 'Ada’s inbox']);
    await first(page).getByLabel('Whose inbox').selectOption('Ada');
    await until(async () => (await names()).join() === 'Ada’s inbox,Katherine’s inbox', 'the exchange');
    expect(new URL(page.url()).hash).toBe('#as=ada&with=katherine');
    expect(await page.locator('.acting-name').allTextContents()).toEqual(['Ada', 'Katherine']);
    await page.getByRole('button', { name: 'Notifications' }).waitFor();
    await second(page).getByLabel('Whose inbox').selectOption('octocat');
    await second(page).getByText('Nothing here yet').waitFor();
    expect(new URL(page.url()).hash).toBe('#as=ada&with=octocat');
  });

  it('are shown as offline, and get missed items after reconnecting', async () => {
    const link = await PageLink.to(Number(new URL(demo.url).port));
    onTestFinished(() => link.close());
    const page = await demo.pageOf('ada', { origin: link.url });
    const otherPage = await demo.pageOf('alan', {}, 'ada');
    link.cut();
    await second(page).locator('.live[data-state="offline"]').waitFor();
    expect(await second(page).locator('.live').textContent()).toBe('Offline');
    await act(otherPage, 'Alan');
    await open(otherPage, 'While you were away');
    expect(await entries(second(page), 'While you were away').count()).toBe(0);
    link.restore();
    await entries(second(page), 'Alan opened While you were away').waitFor();
    await issueRow(page, 'While you were away').waitFor();
    await second(page).locator('.live[data-state="online"]').waitFor();
    // This test causes network errors itself.
    const others = demo.consoleErrors.splice(0).filter((text) => !text.includes('net::ERR_'));
    expect(others).toEqual([]);
  });

  it('have their stars imported', async () => {
    const page = await demo.pageOf('ada', {}, 'grace');
    const star = page.getByRole('button', { name: 'Star', exact: true });
    expect(await star.getAttribute('aria-pressed')).toBe('false');
    await star.click();
    await entries(second(page), 'Ada starred Website').waitFor();
    const later = await demo.pageOf('ada');
    await later.locator('#star[aria-pressed="true"]').waitFor();
    await later.getByRole('button', { name: 'Star', exact: true }).click();
    await page.locator('#star[aria-pressed="false"]').waitFor();
    await entries(second(page), 'Ada unstarred Website').waitFor();
  });
});

describe('the project', () => {
  it('groups five closed issues into one entry, and five reopened ones into another', async () => {
    const page = await demo.pageOf('ada');
    const before = await demo.unreadOf('grace');
    await page.getByRole('button', { name: /^Close five issues/ }).click();
    const entry = second(page).locator('.hubbub-inbox__item').first();
    await entry.getByText('5 actions').waitFor();
    expect(await entry.textContent()).toMatch(/Ada closed .+, .+ and 3 others in Website/);
    expect(await demo.unreadOf('grace')).toBe(before + 1);
    expect(await page.locator('.issue[data-state="closed"]').count()).toBeGreaterThanOrEqual(5);
    await timelineEntries(page, '5 actions').first().waitFor();

    await page.getByRole('button', { name: /^Reopen five issues/ }).click();
    await entries(second(page), 'Ada reopened').first().getByText('5 actions').waitFor();
  });

  it('stays readable when an issue is deleted but its history is kept', async () => {
    const [page, otherPage] = [await demo.pageOf('ada'), await demo.pageOf('grace')];
    await open(page, 'Keep my history');
    const entry = entries(second(page), 'Ada opened Keep my history');
    await entry.waitFor();
    await issueRow(otherPage, 'Keep my history').waitFor();

    await page.getByRole('button', { name: 'Delete Keep my history' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete an issue' });
    await dialog.getByRole('button', { name: 'Keep its history' }).click();
    await entries(second(page), 'Ada opened Keep my history (deleted)').waitFor();
    await entries(second(page), 'Ada deleted Keep my history (deleted)').waitFor();
    await entries(first(otherPage), 'Ada opened Keep my history (deleted)').waitFor();
    await timelineEntries(page, 'opened Keep my history (deleted)').locator('del').waitFor();
    for (const each of [page, otherPage])
      await issueRow(each, 'Keep my history').waitFor({ state: 'detached' });
    expect(await page.locator('#said').textContent()).toMatch(
      /^Keep my history is deleted; its history stays\./,
    );
  });

  it('is removed from every inbox when an issue is deleted with its history', async () => {
    const [page, otherPage] = [await demo.pageOf('ada'), await demo.pageOf('grace')];
    const before = await demo.unreadOf('grace');
    await open(page, 'Forget me');
    await page.getByRole('button', { name: 'Comment on Forget me' }).click();
    await entries(second(page), 'Ada commented on Forget me').waitFor();
    await entries(first(otherPage), 'Ada commented on Forget me').waitFor();
    expect(await demo.unreadOf('grace')).toBe(before + 2);

    await page.getByRole('button', { name: /^Delete an issue/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete an issue' });
    await dialog.getByLabel('Issue').selectOption('Forget me');
    await dialog.getByRole('button', { name: 'Delete its history' }).click();
    for (const each of [page, otherPage]) {
      await until(
        async () => (await each.locator('.hubbub-inbox__item', { hasText: 'Forget me' }).count()) === 0,
        'no entry',
      );
      await until(async () => (await timelineEntries(each, 'Forget me').count()) === 0, 'no timeline entry');
      await issueRow(each, 'Forget me').waitFor({ state: 'detached' });
    }
    expect(await demo.unreadOf('grace')).toBe(before);
  });

  it('deletes nothing if the dialog is cancelled', async () => {
    const page = await demo.pageOf('ada');
    const count = await page.locator('.issue').count();
    const dialog = page.getByRole('dialog', { name: 'Delete an issue' });
    for (const leave of [() => page.keyboard.press('Escape'), () => dialog.getByText('Cancel').click()]) {
      await page.getByRole('button', { name: /^Delete an issue/ }).click();
      await dialog.waitFor();
      await leave();
      await dialog.waitFor({ state: 'hidden' });
    }
    expect(await page.locator('.issue').count()).toBe(count);
    expect(await page.locator('#said').textContent()).toBe('');
  });

  it('has a timeline that is live without followers', async () => {
    const page = await demo.pageOf('octocat', {}, 'ada');
    await timelineEntries(page, 'Katherine starred Website').waitFor();
    await act(page, 'Ada');
    await open(page, 'Watched, not followed');
    await timelineEntries(page, 'Ada opened Watched, not followed').waitFor();
    expect(await first(page).locator('.hubbub-inbox__item').count()).toBe(0);
  });

  it('records page views, which are in no inbox', async () => {
    const page = await demo.pageOf('ada');
    await page.getByRole('button', { name: /^Record a visit/ }).click();
    await page.getByText(/^Recorded: PageViewed by Ada at /).waitFor();
    const api = await demo.service();
    const { body } = await api.get<{ items: Event[] }>('/v1/objects/project:website/events');
    expect(body.items[0]).toMatchObject({ name: 'PageViewed', user: { id: 'ada' }, note: '/' });
  });

  it('is shown as unavailable until it is available', async () => {
    const page = await demo.pageOf('ada');
    const problem = page.locator('#problem');
    // Starred when a user appears on the page, without an action in the project.
    await page.route('**/demo/board', (route) => route.abort());
    await page.evaluate("location.hash = '#as=grace&with=ada'");
    await problem.waitFor();
    await page.unroute('**/demo/board');
    await page.evaluate("location.hash = '#as=ada&with=grace'");
    await problem.waitFor({ state: 'hidden' });
  });

  it('asks for a title before it opens an issue', async () => {
    const page = await demo.pageOf('ada');
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await page.getByText('Give the issue a title first.').waitFor();
    expect(await page.locator(':focus').getAttribute('id')).toBe('new-title');
  });
});

describe('following', () => {
  it('removes past actions and backfills them as read', async () => {
    const page = await demo.pageOf('ada', {}, 'grace');
    const { length: known } = await second(page).locator('.hubbub-inbox__item').all();
    expect(known).toBeGreaterThan(5);
    const website = second(page).locator('.follow', { hasText: 'Website' });
    await until(async () => (await website.getAttribute('aria-pressed')) === 'true', 'tracking');
    await website.click();
    await second(page).getByText('Nothing here yet').waitFor();
    expect(await demo.unreadOf('grace')).toBe(0);
    expect(await page.locator('#ran').textContent()).toBe("hub.untrack({ from: 'project:website' })");

    await second(page).locator('.follow', { hasText: 'Katherine' }).click();
    await entries(second(page), 'Katherine starred Website').waitFor();
    expect(await entries(second(page), 'Ada').count()).toBe(0);
    await website.click();
    await entries(second(page), 'Ada opened Say hello').waitFor();
    expect(await demo.unreadOf('grace')).toBe(0);

    // Stored by the hub, not by the page.
    const later = await demo.pageOf('grace');
    const pressed = first(later).locator('.follow[aria-pressed="true"]');
    await until(async () => (await pressed.allTextContents()).join() === 'Website,Katherine', 'the same');
    await first(later).locator('.follow', { hasText: 'Katherine' }).click();
    await until(async () => (await pressed.allTextContents()).join() === 'Website', 'Website alone');
  });
});

describe('the inbox', () => {
  it('shows marks in every tab of the same person', async () => {
    const other = await demo.pageOf('alan', {}, 'ada');
    const [one, two] = [await demo.pageOf('grace'), await demo.pageOf('grace')];
    await act(other, 'Ada');
    await open(other, 'In two tabs');
    const [here, there] = [one, two].map((page) => entries(first(page), 'Ada opened In two tabs'));
    await Promise.all([here?.waitFor(), there?.waitFor()]);
    if (!here || !there) throw new Error('two tabs are needed');
    const before = await demo.unreadOf('grace');

    await here.getByRole('button', { name: 'Mark read' }).click();
    await until(async () => !(await isUnread(there)), 'read in the other tab');
    expect(await demo.unreadOf('grace')).toBe(before - 1);
    await there.getByRole('button', { name: 'Mark unread' }).click();
    await until(() => isUnread(here), 'unread in the first tab');
    await until(async () => (await one.title()) === `(${before}) Hubbub`, 'the count in the title');
    await first(one).getByRole('button', { name: 'Mark all read' }).click();
    await until(async () => (await two.title()) === 'Hubbub', 'no count in the other title');
  });

  it('can be used with the keyboard alone', async () => {
    const page = await demo.pageOf('ada');
    const focused = page.locator(':focus');
    await page.keyboard.press('Tab');
    expect(await focused.textContent()).toBe('Skip to the demo');
    const bell = page.locator('#bell .hubbub-inbox__bell');
    for (let presses = 0; presses < 5; presses += 1) {
      await page.keyboard.press('Tab');
      if (await bell.evaluate((button: { matches(selector: string): boolean }) => button.matches(':focus')))
        break;
    }
    await page.keyboard.press('Enter');
    const panel = page.getByRole('dialog', { name: 'Ada’s notifications' });
    await panel.waitFor();
    await panel.locator('.hubbub-inbox__item').first().waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    expect(
      await bell.evaluate((button: { matches(selector: string): boolean }) => button.matches(':focus')),
    ).toBe(true);
  });

  it('receives real payloads, replayed at a chosen pace until stopped', async () => {
    const page = await demo.pageOf('hacktocat', {}, 'ada');
    await page.getByText('Replay GitHub’s activity').click();
    await page.getByLabel('Pace').fill('5');
    expect(await page.locator('#rate-shown').textContent()).toBe('20 per second');
    const replay = page.locator('#replay');
    await replay.getByRole('button', { name: 'Start' }).click();
    await until(async () => (await demo.unreadOf('hacktocat')) >= 10, '10 new items');
    await first(page).locator('.hubbub-inbox__item').nth(2).waitFor();
    await replay.getByRole('button', { name: 'Stop' }).click();
    await replay.getByRole('button', { name: 'Start' }).waitFor();
    expect(await page.locator('#replay-status').textContent()).toMatch(/^\d+ sent, round 1 of \d+ payloads$/);
  });
});
