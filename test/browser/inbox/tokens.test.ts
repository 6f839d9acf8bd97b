/** Pages whose tokens expire while they are open. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tokenFor } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';
import { InboxFixture } from './inbox-fixture.ts';

let fixture: InboxFixture;
beforeAll(async () => {
  fixture = await InboxFixture.open();
});
afterEach(async () => expect(await fixture.closePages()).toEqual([]));
afterAll(() => fixture.close());

/** Seconds. A busy machine needs time to open a page, and to renew in the second half. */
const lifetime = 5;

describe('a token that the page can renew', () => {
  it('is renewed over the open connection, without a gap', async () => {
    const ada = await fixture.visit('ada', { lifetime });
    await ada.openBell();
    const firstEnds = Date.now() + lifetime * 1_000;
    let logged = 0;
    while (Date.now() < firstEnds || fixture.application.tokensOf('ada') < 2) {
      logged += 1;
      await fixture.issues(['ada'], 1, `Round ${logged},`);
      await ada.item(`Round ${logged},`).waitFor();
    }
    await ada.showsBadge(logged);
    expect(await ada.evaluate('probe.connections')).toEqual(['connecting', 'online']);
    expect(await ada.evaluate('probe.shown.notices')).toEqual(['']);
    expect(ada.link.connections).toBe(1);
    await ada.expectMatches(() => fixture.serverState('ada'));
  });

  it('is renewed as soon as the application gives one again, and missed items are shown', async () => {
    await fixture.issues(['bob'], 2, 'Before');
    const bob = await fixture.visit('bob', { layout: 'page', connects: 'own', lifetime: 2 });
    fixture.application.refused.add('bob');
    await bob.item('Before 2').waitFor();
    await bob.notice.waitFor();
    expect(await bob.item('Before').count()).toBe(2);
    await fixture.issues(['bob'], 3, 'Missed');
    fixture.application.refused.delete('bob');
    await bob.item('Missed 3').waitFor();
    await until(async () => (await bob.notice.count()) === 0, 'nothing is wrong any more');
    const { items } = await fixture.serverState('bob');
    expect(await bob.evaluate('probe.items()')).toEqual(items.map(({ id }) => id));
  });
});

describe('a text token', () => {
  it('keeps the items after its expiry, with a notice, until there is a new one', async () => {
    await fixture.issues(['cleo'], 2, 'Before');
    const token = await tokenFor('cleo', { lifetime });
    const cleo = await fixture.visit('cleo', { layout: 'page', connects: 'text', token });
    await cleo.notice.getByText('You are signed out.').waitFor();
    expect(await cleo.item('Before').count()).toBe(2);
    expect(cleo.link.connections).toBe(1);

    await fixture.issues(['cleo'], 1, 'Missed');
    await cleo.page.evaluate(`inbox.setAttribute('token', ${JSON.stringify(await tokenFor('cleo'))})`);
    await cleo.item('Missed 1').waitFor();
    await until(async () => (await cleo.notice.count()) === 0, 'nothing is wrong any more');
    expect(cleo.link.connections).toBe(2);
  });
});
