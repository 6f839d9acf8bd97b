/** Pages that are offline for a while, and reconnect. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { InboxFixture } from './inbox-fixture.ts';
import type { Visit } from './visit.ts';

let fixture: InboxFixture;
beforeAll(async () => {
  fixture = await InboxFixture.open();
});
afterEach(async () => expect(await fixture.closePages()).toEqual([]));
afterAll(() => fixture.close());

/** Expects that no displayed list had a duplicate item. */
async function expectNoDuplicates(visit: Visit): Promise<void> {
  for (const list of await visit.evaluate<string[][]>('probe.shown.lists')) {
    expect(new Set(list).size).toBe(list.length);
  }
}

const badges = async (visit: Visit) => (await visit.evaluate<string[]>('probe.shown.badges')).map(Number);

describe('a page that was offline', () => {
  it('reconnects with the 200 missed items, like after a reload', async () => {
    await fixture.issues(['ada'], 10, 'Before');
    const ada = await fixture.visit('ada');
    await ada.openBell();
    await ada.showsBadge(10);
    await ada.goOffline();
    await ada.notice.getByText('Offline.').waitFor();

    await fixture.issues(['ada'], 200, 'Missed');
    await ada.comeBack();
    await ada.showsBadge(210);
    await ada.item('Missed 200', { unread: true }).waitFor();
    await ada.expectMatches(() => fixture.serverState('ada'));
    await until(async () => (await ada.notice.count()) === 0, 'nothing is wrong any more');

    // Only correct counts: before, and after.
    expect(await badges(ada)).toEqual([0, 10, 210]);
    await expectNoDuplicates(ada);
    const freshVisit = await fixture.visit('ada');
    await freshVisit.openBell();
    await freshVisit.showsBadge(210);
    const texts = (visit: Visit) => visit.page.locator('.hubbub-inbox__sentence').allTextContents();
    const top = async (visit: Visit) => (await texts(visit)).slice(0, 8);
    expect(await top(ada)).toEqual(await top(freshVisit));
    expect((await top(ada))[0]).toBe('Mona closed Missed 200');
  });

  it('shows missed marks and removals, and never a wrong count', async () => {
    const ids = await fixture.issues(['bob'], 12, 'Before');
    const bob = await fixture.visit('bob');
    await bob.openBell();
    await bob.showsBadge(12);
    await bob.goOffline();
    await bob.notice.getByText('Offline.').waitFor();

    await fixture.mark('bob', 'read', ids.slice(0, 4));
    await fixture.recall(ids[11] ?? '');
    await fixture.issues(['bob'], 200, 'Missed');
    await bob.comeBack();
    await bob.showsBadge(207);
    await bob.expectMatches(() => fixture.serverState('bob'));
    expect(await bob.item('Before 12').count()).toBe(0);
    // 12, then 8, 7 and 207 on the server; never another count.
    expect(await badges(bob)).toEqual([0, 12, 207]);
    await expectNoDuplicates(bob);
  });

  it('shows offline marks at once, and sends them after reconnecting', async () => {
    await fixture.issues(['cleo'], 3);
    const cleo = await fixture.visit('cleo');
    await cleo.openBell();
    await cleo.expectMarksMatch(() => fixture.serverState('cleo'));
    await cleo.goOffline();
    await cleo.notice.getByText('Offline.').waitFor();

    await cleo.item('Issue 1').getByRole('button', { name: 'Mark read' }).click();
    await cleo.item('Issue 1', { unread: false }).waitFor();
    await cleo.showsBadge(2);
    expect((await fixture.serverState('cleo')).counts.unread).toBe(3);
    await fixture.issues(['cleo'], 1, 'Missed');
    await cleo.comeBack();
    await cleo.showsBadge(3);
    await cleo.item('Missed 1', { unread: true }).waitFor();
    await until(async () => (await fixture.serverState('cleo')).counts.unread === 3, 'the hub knows');
    await cleo.expectMatches(() => fixture.serverState('cleo'));
    expect(await badges(cleo)).toEqual([0, 3, 2, 3]);
  });
});

describe('an action logged offline', () => {
  it('is sent after reconnecting, once and in order', async () => {
    const dora = await fixture.visit('dora');
    await dora.goOffline();
    await dora.until(`probe.hub.connection.getSnapshot() === 'offline'`);
    await dora.logs('first', 'second', 'third', 'fourth', 'fifth');
    await dora.comeBack();
    await until(async () => (await fixture.loggedBy('dora')).length >= 5, 'all of them');
    await dora.until('globalThis.logged.length === 5');
    expect(await fixture.loggedBy('dora')).toEqual(['first', 'second', 'third', 'fourth', 'fifth']);
    expect(new Set(await dora.evaluate<string[]>('logged')).size).toBe(5);
  });

  it('is logged once if the connection broke before the response', async () => {
    const emil = await fixture.visit('emil');
    emil.link.holdResponses();
    await emil.logs('lost response', 'waits for its turn');
    await until(async () => (await fixture.loggedBy('emil')).length > 0, 'the hub has the first');
    await emil.goOffline();
    await emil.comeBack();
    await emil.until('globalThis.logged.length === 2');
    // It is accepted, and stored a moment later.
    await until(async () => (await fixture.loggedBy('emil')).includes('waits for its turn'), 'the second');
    expect(await fixture.loggedBy('emil')).toEqual(['lost response', 'waits for its turn']);
  });
});

describe('a restart of the gateway', () => {
  it('loses nothing, and every page reconnects', async () => {
    await fixture.issues(['fay', 'gus'], 5, 'Before');
    const [fay, gus] = await Promise.all([fixture.visit('fay'), fixture.visit('gus')]);
    await Promise.all([fay.openBell(), gus.openBell()]);
    await Promise.all([fay.showsBadge(5), gus.showsBadge(5)]);

    await fixture.restartGateway(async () => {
      await Promise.all([fay, gus].map((visit) => visit.notice.getByText('Offline.').waitFor()));
      await fixture.issues(['fay', 'gus'], 3, 'Meanwhile');
      await fixture.mark('gus', 'read', 'all');
    });
    await Promise.all([
      fay.showsBadge(8),
      gus.showsBadge(0),
      fay.item('Meanwhile 3', { unread: true }).waitFor(),
    ]);
    await Promise.all([
      fay.expectMatches(() => fixture.serverState('fay')),
      gus.expectMatches(() => fixture.serverState('gus')),
    ]);

    await fixture.issues(['fay', 'gus'], 1, 'After');
    await Promise.all([
      fay.showsBadge(9),
      gus.showsBadge(1),
      gus.item('After 1', { unread: true }).waitFor(),
    ]);
    expect(await badges(fay)).toEqual([0, 5, 8, 9]);
    expect(await badges(gus)).toEqual([0, 5, 0, 1]);
    await Promise.all([expectNoDuplicates(fay), expectNoDuplicates(gus)]);
  });
});
