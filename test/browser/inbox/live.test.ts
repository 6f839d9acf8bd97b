/** What several pages show at once while things happen. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterEach(async () => expect(await scene.leave()).toEqual([]));
afterAll(() => scene.close());

describe('what happens', () => {
  it('shows at once in the pages of everybody it concerns, in badge and list', async () => {
    const [ada, bob] = await Promise.all([scene.visit('ada'), scene.visit('bob', { layout: 'page' })]);
    await Promise.all([ada.openBell(), ada.showsBadge(0)]);
    await ada.page.getByText('Nothing here yet').waitFor();

    await scene.issues(['ada', 'bob'], 1, 'For both');
    await Promise.all([
      ada.item('Mona closed For both 1', { unread: true }).waitFor(),
      bob.item('Mona closed For both 1', { unread: true }).waitFor(),
      ada.showsBadge(1),
    ]);
    await scene.issues(['ada'], 2, 'For Ada');
    await scene.issues(['bob'], 1, 'For Bob');
    await Promise.all([bob.item('For Bob 1').waitFor(), ada.item('For Ada 2').waitFor(), ada.showsBadge(3)]);

    await Promise.all([ada.equals(() => scene.truth('ada')), bob.equals(() => scene.truth('bob'))]);
    expect(await ada.page.locator('hubbub-inbox .text').allTextContents()).toEqual([
      'Mona closed For Ada 2',
      'Mona closed For Ada 1',
      'Mona closed For both 1',
    ]);
    expect(await bob.item('For Ada').count()).toBe(0);
    expect((await ada.ask<string[]>('probe.shown.badges')).map(Number)).toEqual([0, 1, 3]);
  });
});

describe('a mark', () => {
  it('shows before the hub has answered', async () => {
    await scene.issues(['cleo'], 3);
    const cleo = await scene.visit('cleo');
    await cleo.openBell();
    await cleo.hasSeen(() => scene.truth('cleo'));

    cleo.line.hold();
    const item = cleo.item('Issue 2');
    await item.getByRole('button', { name: 'Mark read' }).click();
    await cleo.item('Issue 2', { unread: false }).waitFor();
    await cleo.showsBadge(2);
    // The hub has carried it out; its answer is on the way still.
    await until(async () => (await scene.truth('cleo')).counts.unread === 2, 'the hub has the mark');
    await item.getByRole('button', { name: 'Mark unread' }).click();
    await cleo.item('Issue 2', { unread: true }).waitFor();
    await cleo.showsBadge(3);
    cleo.line.mend();

    await until(async () => (await scene.truth('cleo')).counts.unread === 3, 'the hub has the second mark');
    await cleo.equals(() => scene.truth('cleo'));
    expect((await cleo.ask<string[]>('probe.shown.badges')).map(Number)).toEqual([0, 3, 2, 3]);
    expect(await cleo.notice.count()).toBe(0);
  });

  it('is taken back where the hub refuses it, and the page says so', async () => {
    await scene.issues(['dora'], 3);
    const dora = await scene.arrive('dora', {}, (visit) => visit.intercept('feed:read'));
    await dora.isLive();
    await dora.openBell();
    await dora.page.evaluate(
      `addEventListener('hubbub-error', ({ detail }) => { globalThis.told = detail.error.code; })`,
    );

    await dora.item('Issue 2').getByRole('button', { name: 'Mark read' }).click();
    await dora.item('Issue 2', { unread: false }).waitFor();
    await dora.showsBadge(2);
    expect(await dora.notice.count()).toBe(0);
    await until(() => dora.refusals.length === 1, 'the mark is on its way');
    dora.refusals.shift()?.();
    await dora.item('Issue 2', { unread: true }).waitFor();
    await dora.showsBadge(3);
    await dora.notice.getByText('That did not work.').waitFor();
    expect(await dora.ask('told')).toBe('forbidden');

    await dora.button('Mark all read').click();
    await dora.showsBadge(0);
    expect(await dora.page.locator('hubbub-inbox .item.unread').count()).toBe(0);
    await until(() => dora.refusals.length === 1, 'the mark is on its way');
    dora.refusals.shift()?.();
    await dora.showsBadge(3);
    await until(
      async () => (await dora.page.locator('hubbub-inbox .item.unread').count()) === 3,
      'taken back',
    );
    await dora.notice.getByText('That did not work.').waitFor();
    await dora.equals(() => scene.truth('dora'));
  });

  it('shows in every other tab, item by item', async () => {
    await scene.issues(['emil'], 5);
    const [here, there] = await Promise.all([scene.visit('emil'), scene.visit('emil')]);
    await Promise.all([here.showsBadge(5), there.showsBadge(5)]);
    const unseen = async () => (await there.snapshot()).items.filter(({ seen }) => !seen).length;
    expect(await unseen()).toBe(5);

    await here.openBell();
    await until(async () => (await unseen()) === 0, 'seen there, too');
    await there.openBell();

    await here.item('Issue 4').getByRole('button', { name: 'Mark read' }).click();
    await there.item('Issue 4', { unread: false }).waitFor();
    await there.showsBadge(4);
    expect(await there.page.locator('hubbub-inbox .item.unread').count()).toBe(4);

    await there.item('Issue 4').getByRole('button', { name: 'Mark unread' }).click();
    await here.item('Issue 4', { unread: true }).waitFor();
    await here.showsBadge(5);

    await here.button('Mark all read').click();
    await there.showsBadge(0);
    await until(
      async () => (await there.page.locator('hubbub-inbox .item.unread').count()) === 0,
      'all read',
    );
    await Promise.all([here, there].map((visit) => visit.equals(() => scene.truth('emil'))));
    const shown = await Promise.all(
      [here, there].map(async (visit) => (await visit.ask<string[]>('probe.shown.badges')).map(Number)),
    );
    expect(shown).toEqual([
      [0, 5, 4, 5, 0],
      [0, 5, 4, 5, 0],
    ]);
  });
});
