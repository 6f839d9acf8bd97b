/** Pages that lose the hub for a while, and find it again. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { Scene } from './scene.ts';
import type { Visit } from './visit.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterEach(async () => expect(await scene.leave()).toEqual([]));
afterAll(() => scene.close());

/** No list that was ever shown had an item twice. */
async function neverTwice(visit: Visit): Promise<void> {
  for (const list of await visit.ask<string[][]>('probe.shown.lists')) {
    expect(new Set(list).size).toBe(list.length);
  }
}

const badges = async (visit: Visit) => (await visit.ask<string[]>('probe.shown.badges')).map(Number);

describe('a page that was offline', () => {
  it('comes back with the 200 items it missed, as if it had been loaded afresh', async () => {
    await scene.issues(['ada'], 10, 'Before');
    const ada = await scene.visit('ada');
    await ada.openBell();
    await ada.showsBadge(10);
    await ada.goOffline();
    await ada.notice.getByText('Offline.').waitFor();

    await scene.issues(['ada'], 200, 'Missed');
    await ada.comeBack();
    await ada.showsBadge(210);
    await ada.item('Missed 200', { unread: true }).waitFor();
    await ada.equals(() => scene.truth('ada'));
    await until(async () => (await ada.notice.count()) === 0, 'nothing is wrong any more');

    // Nothing but what was right at some moment: before, and after.
    expect(await badges(ada)).toEqual([0, 10, 210]);
    await neverTwice(ada);
    const afresh = await scene.visit('ada');
    await afresh.openBell();
    await afresh.showsBadge(210);
    const texts = (visit: Visit) => visit.page.locator('hubbub-inbox .text').allTextContents();
    const top = async (visit: Visit) => (await texts(visit)).slice(0, 8);
    expect(await top(ada)).toEqual(await top(afresh));
    expect((await top(ada))[0]).toBe('Mona closed Missed 200');
  });

  it('shows what was marked and what was removed elsewhere meanwhile, and no count that was never right', async () => {
    const ids = await scene.issues(['bob'], 12, 'Before');
    const bob = await scene.visit('bob');
    await bob.openBell();
    await bob.showsBadge(12);
    await bob.goOffline();
    await bob.notice.getByText('Offline.').waitFor();

    await scene.mark('bob', 'read', ids.slice(0, 4));
    await scene.recall(ids[11] ?? '');
    await scene.issues(['bob'], 200, 'Missed');
    await bob.comeBack();
    await bob.showsBadge(207);
    await bob.equals(() => scene.truth('bob'));
    expect(await bob.item('Before 12').count()).toBe(0);
    // 12, then 8, 7 and 207 elsewhere; never one that was neither.
    expect(await badges(bob)).toEqual([0, 12, 207]);
    await neverTwice(bob);
  });

  it('shows at once what is marked while it is offline, and tells the hub when it is back', async () => {
    await scene.issues(['cleo'], 3);
    const cleo = await scene.visit('cleo');
    await cleo.openBell();
    await cleo.hasSeen(() => scene.truth('cleo'));
    await cleo.goOffline();
    await cleo.notice.getByText('Offline.').waitFor();

    await cleo.item('Issue 1').getByRole('button', { name: 'Mark read' }).click();
    await cleo.item('Issue 1', { unread: false }).waitFor();
    await cleo.showsBadge(2);
    expect((await scene.truth('cleo')).counts.unread).toBe(3);
    await scene.issues(['cleo'], 1, 'Missed');
    await cleo.comeBack();
    await cleo.showsBadge(3);
    await cleo.item('Missed 1', { unread: true }).waitFor();
    await until(async () => (await scene.truth('cleo')).counts.unread === 3, 'the hub knows');
    await cleo.equals(() => scene.truth('cleo'));
    expect(await badges(cleo)).toEqual([0, 3, 2, 3]);
  });
});

describe('what a page logs while it is offline', () => {
  it('arrives when it is back, once and in order', async () => {
    const dora = await scene.visit('dora');
    await dora.goOffline();
    await dora.until(`probe.hub.connection.getSnapshot() === 'offline'`);
    await dora.logs('first', 'second', 'third', 'fourth', 'fifth');
    await dora.comeBack();
    await until(async () => (await scene.loggedBy('dora')).length >= 5, 'all of them');
    await dora.until('globalThis.logged.length === 5');
    expect(await scene.loggedBy('dora')).toEqual(['first', 'second', 'third', 'fourth', 'fifth']);
    expect(new Set(await dora.ask<string[]>('logged')).size).toBe(5);
  });

  it('arrives once where the connection broke before the answer', async () => {
    const emil = await scene.visit('emil');
    emil.line.hold();
    await emil.logs('answered to nobody', 'waits for its turn');
    await until(async () => (await scene.loggedBy('emil')).length > 0, 'the hub has the first');
    await emil.goOffline();
    await emil.comeBack();
    await emil.until('globalThis.logged.length === 2');
    // Accepted, that is; it is stored a moment later.
    await until(async () => (await scene.loggedBy('emil')).includes('waits for its turn'), 'the second');
    expect(await scene.loggedBy('emil')).toEqual(['answered to nobody', 'waits for its turn']);
  });
});

describe('a restart of the gateway', () => {
  it('is got over by every page, and nothing is lost that happened meanwhile', async () => {
    await scene.issues(['fay', 'gus'], 5, 'Before');
    const [fay, gus] = await Promise.all([scene.visit('fay'), scene.visit('gus')]);
    await Promise.all([fay.openBell(), gus.openBell()]);
    await Promise.all([fay.showsBadge(5), gus.showsBadge(5)]);

    await scene.restartGateway(async () => {
      await Promise.all([fay, gus].map((visit) => visit.notice.getByText('Offline.').waitFor()));
      await scene.issues(['fay', 'gus'], 3, 'Meanwhile');
      await scene.mark('gus', 'read', 'all');
    });
    await Promise.all([
      fay.showsBadge(8),
      gus.showsBadge(0),
      fay.item('Meanwhile 3', { unread: true }).waitFor(),
    ]);
    await Promise.all([fay.equals(() => scene.truth('fay')), gus.equals(() => scene.truth('gus'))]);

    await scene.issues(['fay', 'gus'], 1, 'After');
    await Promise.all([
      fay.showsBadge(9),
      gus.showsBadge(1),
      gus.item('After 1', { unread: true }).waitFor(),
    ]);
    expect(await badges(fay)).toEqual([0, 5, 8, 9]);
    expect(await badges(gus)).toEqual([0, 5, 0, 1]);
    await Promise.all([neverTwice(fay), neverTwice(gus)]);
  });
});
