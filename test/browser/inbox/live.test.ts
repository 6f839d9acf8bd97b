/** Several open pages during live changes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { InboxFixture, issue } from './inbox-fixture.ts';

let fixture: InboxFixture;
beforeAll(async () => {
  fixture = await InboxFixture.open();
});
afterEach(async () => expect(await fixture.closePages()).toEqual([]));
afterAll(() => fixture.close());

describe('an action', () => {
  it('is shown at once in the pages of all its users, in badge and list', async () => {
    const [ada, bob] = await Promise.all([fixture.visit('ada'), fixture.visit('bob', { layout: 'page' })]);
    await Promise.all([ada.openBell(), ada.showsBadge(0)]);
    await ada.page.getByText('Nothing here yet').waitFor();

    await fixture.issues(['ada', 'bob'], 1, 'For both');
    await Promise.all([
      ada.item('Mona closed For both 1', { unread: true }).waitFor(),
      bob.item('Mona closed For both 1', { unread: true }).waitFor(),
      ada.showsBadge(1),
    ]);
    await fixture.issues(['ada'], 2, 'For Ada');
    await fixture.issues(['bob'], 1, 'For Bob');
    await Promise.all([bob.item('For Bob 1').waitFor(), ada.item('For Ada 2').waitFor(), ada.showsBadge(3)]);

    await Promise.all([
      ada.expectMatches(() => fixture.serverState('ada')),
      bob.expectMatches(() => fixture.serverState('bob')),
    ]);
    expect(await ada.page.locator('.hubbub-inbox__sentence').allTextContents()).toEqual([
      'Mona closed For Ada 2',
      'Mona closed For Ada 1',
      'Mona closed For both 1',
    ]);
    expect(await bob.item('For Ada').count()).toBe(0);
    expect((await ada.evaluate<string[]>('probe.shown.badges')).map(Number)).toEqual([0, 1, 3]);
  });
});

describe('a renamed object', () => {
  it('shows its new name after a reload, and in new items at once', async () => {
    const logged = issue('Old name');
    await fixture.log(['gus'], { targets: logged });
    const gus = await fixture.visit('gus', { layout: 'page' });
    await gus.item('Mona closed Old name').waitFor();
    await fixture.register({ ...logged, name: 'New name' });
    await fixture.log(['gus'], { verb: 'reopened', targets: logged });
    await gus.item('Mona reopened New name').waitFor();
    await gus.page.reload();
    await gus.isLive();
    await gus.item('Mona closed New name').waitFor();
    expect(await gus.item('Old name').count()).toBe(0);
    await gus.expectMatches(() => fixture.serverState('gus'));
  });
});

describe('a mark', () => {
  it('is shown before the response', async () => {
    await fixture.issues(['cleo'], 3);
    const cleo = await fixture.visit('cleo');
    await cleo.openBell();
    await cleo.expectMarksMatch(() => fixture.serverState('cleo'));

    cleo.link.holdResponses();
    const item = cleo.item('Issue 2');
    await item.getByRole('button', { name: 'Mark read' }).click();
    await cleo.item('Issue 2', { unread: false }).waitFor();
    await cleo.showsBadge(2);
    // The hub has executed it; its response is still in flight.
    await until(async () => (await fixture.serverState('cleo')).counts.unread === 2, 'the hub has the mark');
    await item.getByRole('button', { name: 'Mark unread' }).click();
    await cleo.item('Issue 2', { unread: true }).waitFor();
    await cleo.showsBadge(3);
    cleo.link.restore();

    await until(
      async () => (await fixture.serverState('cleo')).counts.unread === 3,
      'the hub has the second mark',
    );
    await cleo.expectMatches(() => fixture.serverState('cleo'));
    expect((await cleo.evaluate<string[]>('probe.shown.badges')).map(Number)).toEqual([0, 3, 2, 3]);
    expect(await cleo.notice.count()).toBe(0);
  });

  it('is reverted if the hub refuses it, with an error', async () => {
    await fixture.issues(['dora'], 3);
    const dora = await fixture.arrive('dora', {}, (visit) => visit.intercept('feed:read'));
    await dora.isLive();
    await dora.openBell();
    await dora.page.evaluate(
      `addEventListener('hubbub-error', ({ detail }) => { globalThis.errorCode = detail.error.code; })`,
    );

    await dora.item('Issue 2').getByRole('button', { name: 'Mark read' }).click();
    await dora.item('Issue 2', { unread: false }).waitFor();
    await dora.showsBadge(2);
    expect(await dora.notice.count()).toBe(0);
    await until(() => dora.pendingRefusals.length === 1, 'the mark is sent');
    dora.pendingRefusals.shift()?.();
    await dora.item('Issue 2', { unread: true }).waitFor();
    await dora.showsBadge(3);
    await dora.notice.getByText('That did not work.').waitFor();
    expect(await dora.evaluate('errorCode')).toBe('forbidden');

    await dora.button('Mark all read').click();
    await dora.showsBadge(0);
    expect(await dora.page.locator('.hubbub-inbox__item--unread').count()).toBe(0);
    await until(() => dora.pendingRefusals.length === 1, 'the mark is sent');
    dora.pendingRefusals.shift()?.();
    await dora.showsBadge(3);
    await until(
      async () => (await dora.page.locator('.hubbub-inbox__item--unread').count()) === 3,
      'taken back',
    );
    await dora.notice.getByText('That did not work.').waitFor();
    await dora.expectMatches(() => fixture.serverState('dora'));
  });

  it('is shown in every other tab, item by item', async () => {
    await fixture.issues(['emil'], 5);
    const [firstTab, secondTab] = await Promise.all([fixture.visit('emil'), fixture.visit('emil')]);
    await Promise.all([firstTab.showsBadge(5), secondTab.showsBadge(5)]);
    const unseen = async () => (await secondTab.snapshot()).items.filter(({ seen }) => !seen).length;
    expect(await unseen()).toBe(5);

    await firstTab.openBell();
    await until(async () => (await unseen()) === 0, 'seen there, too');
    await secondTab.openBell();

    await firstTab.item('Issue 4').getByRole('button', { name: 'Mark read' }).click();
    await secondTab.item('Issue 4', { unread: false }).waitFor();
    await secondTab.showsBadge(4);
    expect(await secondTab.page.locator('.hubbub-inbox__item--unread').count()).toBe(4);

    await secondTab.item('Issue 4').getByRole('button', { name: 'Mark unread' }).click();
    await firstTab.item('Issue 4', { unread: true }).waitFor();
    await firstTab.showsBadge(5);

    await firstTab.button('Mark all read').click();
    await secondTab.showsBadge(0);
    await until(
      async () => (await secondTab.page.locator('.hubbub-inbox__item--unread').count()) === 0,
      'all read',
    );
    await Promise.all(
      [firstTab, secondTab].map((visit) => visit.expectMatches(() => fixture.serverState('emil'))),
    );
    const displayed = await Promise.all(
      [firstTab, secondTab].map(async (visit) =>
        (await visit.evaluate<string[]>('probe.shown.badges')).map(Number),
      ),
    );
    expect(displayed).toEqual([
      [0, 5, 4, 5, 0],
      [0, 5, 4, 5, 0],
    ]);
  });
});
