/** The demo page: two people side by side, in real browsers on a real stack. */
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Event } from '../../protocol/entities.ts';
import { Line } from '../support/line.ts';
import { until } from '../support/until.ts';
import { act, entries, first, issueRow, isUnread, moments, open, second } from './demo-page.ts';
import { Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterEach(async () => {
  await stage.closePages();
  expect(stage.complaints.splice(0)).toEqual([]);
});

afterAll(() => stage.close());

describe('two people', () => {
  it('hear of each other at once, and the page tells how fast', async () => {
    const page = await stage.pageOf('ada');
    const before = await stage.unreadOf('grace');
    await open(page, 'Say hello');
    const entry = entries(second(page), 'Ada opened Say hello in relation to Website');
    await entry.waitFor();
    await expect.poll(() => isUnread(entry)).toBe(true);
    expect(await stage.unreadOf('grace')).toBe(before + 1);
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
    // One's own doings are read from the start.
    expect(await isUnread(entries(first(page), 'Ada opened Say hello'))).toBe(false);

    await act(page, 'Grace');
    await page.getByRole('button', { name: 'Close Say hello' }).click();
    await entries(first(page), 'Grace closed Say hello').waitFor();
    await page.getByRole('button', { name: 'Reopen Say hello' }).click();
    await entries(first(page), 'Grace reopened Say hello').waitFor();
    await page.getByRole('button', { name: 'Comment on Say hello' }).click();
    await entries(first(page), 'Grace commented on Say hello').waitFor();
  });

  it('are named by the address, and exchanged where one is chosen in place of the other', async () => {
    const page = await stage.pageOf('katherine', {}, 'ada');
    const names = () => page.locator('.device [part="title"]').allTextContents();
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

  it('see that they are offline, and are told what they missed when they are back', async () => {
    const line = await Line.to(Number(new URL(stage.url).port));
    onTestFinished(() => line.close());
    const page = await stage.pageOf('ada', { origin: line.url });
    const elsewhere = await stage.pageOf('alan', {}, 'ada');
    line.cut();
    await second(page).locator('.live[data-state="offline"]').waitFor();
    expect(await second(page).locator('.live').textContent()).toBe('Offline');
    await act(elsewhere, 'Alan');
    await open(elsewhere, 'While you were away');
    expect(await entries(second(page), 'While you were away').count()).toBe(0);
    line.mend();
    await entries(second(page), 'Alan opened While you were away').waitFor();
    await issueRow(page, 'While you were away').waitFor();
    await second(page).locator('.live[data-state="online"]').waitFor();
    // That nothing can be reached is what this is about.
    const others = stage.complaints.splice(0).filter((text) => !text.includes('net::ERR_'));
    expect(others).toEqual([]);
  });

  it('have their stars remembered', async () => {
    const page = await stage.pageOf('ada', {}, 'grace');
    const star = page.getByRole('button', { name: 'Star' });
    expect(await star.getAttribute('aria-pressed')).toBe('false');
    await star.click();
    await entries(second(page), 'Ada starred Website').waitFor();
    const later = await stage.pageOf('ada');
    await later.locator('#star[aria-pressed="true"]').waitFor();
    await later.getByRole('button', { name: 'Star' }).click();
    await page.locator('#star[aria-pressed="false"]').waitFor();
    await entries(second(page), 'Ada unstarred Website').waitFor();
  });
});

describe('the project', () => {
  it('becomes one entry where five issues are closed, and again where they are reopened', async () => {
    const page = await stage.pageOf('ada');
    const before = await stage.unreadOf('grace');
    await page.getByRole('button', { name: /^Close five issues/ }).click();
    const entry = second(page).locator('.item').first();
    await entry.getByText('5 actions').waitFor();
    expect(await entry.textContent()).toMatch(/Ada closed .+, .+ and 3 others in relation to Website/);
    expect(await stage.unreadOf('grace')).toBe(before + 1);
    expect(await page.locator('.issue[data-state="closed"]').count()).toBeGreaterThanOrEqual(5);
    await moments(page, '5 actions').first().waitFor();

    await page.getByRole('button', { name: /^Reopen five issues/ }).click();
    await entries(second(page), 'Ada reopened').first().getByText('5 actions').waitFor();
  });

  it('stays readable where an issue is deleted and its history kept', async () => {
    const [page, elsewhere] = [await stage.pageOf('ada'), await stage.pageOf('grace')];
    await open(page, 'Keep my history');
    const entry = entries(second(page), 'Ada opened Keep my history');
    await entry.waitFor();
    await issueRow(elsewhere, 'Keep my history').waitFor();

    await page.getByRole('button', { name: 'Delete Keep my history' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete an issue' });
    await dialog.getByRole('button', { name: 'Keep its history' }).click();
    await entries(second(page), 'Ada opened Keep my history (deleted)').waitFor();
    await entries(second(page), 'Ada deleted Keep my history (deleted)').waitFor();
    await entries(first(elsewhere), 'Ada opened Keep my history (deleted)').waitFor();
    await moments(page, 'opened Keep my history (deleted)').locator('del').waitFor();
    for (const each of [page, elsewhere])
      await issueRow(each, 'Keep my history').waitFor({ state: 'detached' });
    expect(await page.locator('#said').textContent()).toMatch(
      /^Keep my history is deleted; its history stays\./,
    );
  });

  it('leaves every inbox where an issue is deleted with its history', async () => {
    const [page, elsewhere] = [await stage.pageOf('ada'), await stage.pageOf('grace')];
    const before = await stage.unreadOf('grace');
    await open(page, 'Forget me');
    await page.getByRole('button', { name: 'Comment on Forget me' }).click();
    await entries(second(page), 'Ada commented on Forget me').waitFor();
    await entries(first(elsewhere), 'Ada commented on Forget me').waitFor();
    expect(await stage.unreadOf('grace')).toBe(before + 2);

    await page.getByRole('button', { name: /^Delete an issue/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete an issue' });
    await dialog.getByLabel('Issue').selectOption('Forget me');
    await dialog.getByRole('button', { name: 'Delete its history' }).click();
    for (const each of [page, elsewhere]) {
      await until(
        async () => (await each.locator('.item', { hasText: 'Forget me' }).count()) === 0,
        'no entry',
      );
      await until(async () => (await moments(each, 'Forget me').count()) === 0, 'no moment');
      await issueRow(each, 'Forget me').waitFor({ state: 'detached' });
    }
    expect(await stage.unreadOf('grace')).toBe(before);
  });

  it('deletes nothing where the question is left', async () => {
    const page = await stage.pageOf('ada');
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

  it('has a timeline that is live for who follows nothing of it', async () => {
    const page = await stage.pageOf('octocat', {}, 'ada');
    await moments(page, 'Katherine starred Website').waitFor();
    await act(page, 'Ada');
    await open(page, 'Watched, not followed');
    await moments(page, 'Ada opened Watched, not followed').waitFor();
    expect(await first(page).locator('.item').count()).toBe(0);
  });

  it('has visits on record, which are in nobody’s inbox', async () => {
    const page = await stage.pageOf('ada');
    await page.getByRole('button', { name: /^Record a visit/ }).click();
    await page.getByText(/^Recorded: PageViewed by Ada at /).waitFor();
    const api = await stage.service();
    const { body } = await api.get<{ items: Event[] }>('/v1/objects/project:website/events');
    expect(body.items[0]).toMatchObject({ name: 'PageViewed', user: { id: 'ada' }, note: '/' });
  });

  it('is said to be out of reach until it is not', async () => {
    const page = await stage.pageOf('ada');
    const problem = page.locator('#problem');
    // Asked for whenever somebody else comes on stage: nothing has to happen to the project.
    await page.route('**/demo/board', (route) => route.abort());
    await page.evaluate("location.hash = '#as=grace&with=ada'");
    await problem.waitFor();
    await page.unroute('**/demo/board');
    await page.evaluate("location.hash = '#as=ada&with=grace'");
    await problem.waitFor({ state: 'hidden' });
  });

  it('asks for a title before it opens an issue', async () => {
    const page = await stage.pageOf('ada');
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await page.getByText('Give the issue a title first.').waitFor();
    expect(await page.locator(':focus').getAttribute('id')).toBe('new-title');
  });
});

describe('following', () => {
  it('takes past actions out and brings them in again, read', async () => {
    const page = await stage.pageOf('ada', {}, 'grace');
    const { length: known } = await second(page).locator('.item').all();
    expect(known).toBeGreaterThan(5);
    const website = second(page).getByRole('button', { name: 'Website' });
    await until(async () => (await website.getAttribute('aria-pressed')) === 'true', 'what is followed');
    await website.click();
    await second(page).getByText('Nothing here yet').waitFor();
    expect(await stage.unreadOf('grace')).toBe(0);
    expect(await page.locator('#ran').textContent()).toBe("hub.untrack({ from: 'project:website' })");

    await second(page).getByRole('button', { name: 'Katherine' }).click();
    await entries(second(page), 'Katherine starred Website').waitFor();
    expect(await entries(second(page), 'Ada').count()).toBe(0);
    await website.click();
    await entries(second(page), 'Ada opened Say hello').waitFor();
    expect(await stage.unreadOf('grace')).toBe(0);

    // Remembered by the hub, not by the page.
    const later = await stage.pageOf('grace');
    const pressed = first(later).locator('.follow[aria-pressed="true"]');
    await until(async () => (await pressed.allTextContents()).join() === 'Website,Katherine', 'the same');
    await first(later).getByRole('button', { name: 'Katherine' }).click();
    await until(async () => (await pressed.allTextContents()).join() === 'Website', 'Website alone');
  });
});

describe('the inbox', () => {
  it('shows marks in every tab of the same person', async () => {
    const other = await stage.pageOf('alan', {}, 'ada');
    const [one, two] = [await stage.pageOf('grace'), await stage.pageOf('grace')];
    await act(other, 'Ada');
    await open(other, 'In two tabs');
    const [here, there] = [one, two].map((page) => entries(first(page), 'Ada opened In two tabs'));
    await Promise.all([here?.waitFor(), there?.waitFor()]);
    if (!here || !there) throw new Error('two tabs are needed');
    const before = await stage.unreadOf('grace');

    await here.getByRole('button', { name: 'Mark read' }).click();
    await until(async () => !(await isUnread(there)), 'read in the other tab');
    expect(await stage.unreadOf('grace')).toBe(before - 1);
    await there.getByRole('button', { name: 'Mark unread' }).click();
    await until(() => isUnread(here), 'unread in the first tab');
    await until(async () => (await one.title()) === `(${before}) Hubbub`, 'the count in the title');
    await first(one).getByRole('button', { name: 'Mark all read' }).click();
    await until(async () => (await two.title()) === 'Hubbub', 'no count in the other title');
  });

  it('is reached and left with the keyboard alone', async () => {
    const page = await stage.pageOf('ada');
    const focused = page.locator(':focus');
    await page.keyboard.press('Tab');
    expect(await focused.textContent()).toBe('Skip to the demo');
    const bell = page.locator('#bell .bell');
    for (let presses = 0; presses < 5; presses += 1) {
      await page.keyboard.press('Tab');
      if (await bell.evaluate((button: { matches(selector: string): boolean }) => button.matches(':focus')))
        break;
    }
    await page.keyboard.press('Enter');
    const panel = page.getByRole('dialog', { name: 'Ada’s notifications' });
    await panel.waitFor();
    await panel.locator('.item').first().waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    expect(
      await bell.evaluate((button: { matches(selector: string): boolean }) => button.matches(':focus')),
    ).toBe(true);
  });

  it('receives real payloads, replayed at a chosen pace until stopped', async () => {
    const page = await stage.pageOf('hacktocat', {}, 'ada');
    await page.getByText('Replay GitHub’s activity').click();
    await page.getByLabel('Pace').fill('5');
    expect(await page.locator('#rate-shown').textContent()).toBe('20 per second');
    const replay = page.locator('#replay');
    await replay.getByRole('button', { name: 'Start' }).click();
    await until(async () => (await stage.unreadOf('hacktocat')) >= 10, '10 arrivals');
    await first(page).locator('.item').nth(2).waitFor();
    await replay.getByRole('button', { name: 'Stop' }).click();
    await replay.getByRole('button', { name: 'Start' }).waitFor();
    expect(await page.locator('#replay-status').textContent()).toMatch(/^\d+ sent, round 1 of \d+ payloads$/);
  });
});
