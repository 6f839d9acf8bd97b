/** Pages whose tokens run out while they are open. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tokenFor } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';
import { Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterEach(async () => expect(await scene.leave()).toEqual([]));
afterAll(() => scene.close());

/** Seconds: a busy machine needs time to open a page, and to renew in the second half. */
const lifetime = 5;

describe('a token that the page can renew', () => {
  it('is renewed over the connection that is there, without a gap', async () => {
    const ada = await scene.visit('ada', { lifetime });
    await ada.openBell();
    const firstEnds = Date.now() + lifetime * 1_000;
    let logged = 0;
    while (Date.now() < firstEnds || scene.application.tokensOf('ada') < 2) {
      logged += 1;
      await scene.issues(['ada'], 1, `Round ${logged},`);
      await ada.item(`Round ${logged},`).waitFor();
    }
    await ada.showsBadge(logged);
    expect(await ada.ask('probe.connections')).toEqual(['connecting', 'online']);
    expect(await ada.ask('probe.shown.notices')).toEqual(['']);
    expect(ada.line.connections).toBe(1);
    await ada.equals(() => scene.truth('ada'));
  });

  it('is got as soon as the application gives any again, and what was missed is there', async () => {
    await scene.issues(['bob'], 2, 'Before');
    const bob = await scene.visit('bob', { layout: 'page', connects: 'own', lifetime: 2 });
    scene.application.refused.add('bob');
    await bob.item('Before 2').waitFor();
    await bob.notice.waitFor();
    expect(await bob.item('Before').count()).toBe(2);
    await scene.issues(['bob'], 3, 'Missed');
    scene.application.refused.delete('bob');
    await bob.item('Missed 3').waitFor();
    await until(async () => (await bob.notice.count()) === 0, 'nothing is wrong any more');
    const { items } = await scene.truth('bob');
    expect(await bob.ask('probe.items()')).toEqual(items.map(({ id }) => id));
  });
});

describe('a token that is a text', () => {
  it('leaves what was loaded when it runs out, and says so, until there is another', async () => {
    await scene.issues(['cleo'], 2, 'Before');
    const token = await tokenFor('cleo', { lifetime });
    const cleo = await scene.visit('cleo', { layout: 'page', connects: 'text', token });
    await cleo.notice.getByText('You are signed out.').waitFor();
    expect(await cleo.item('Before').count()).toBe(2);
    expect(cleo.line.connections).toBe(1);

    await scene.issues(['cleo'], 1, 'Missed');
    await cleo.page.evaluate(`inbox.setAttribute('token', ${JSON.stringify(await tokenFor('cleo'))})`);
    await cleo.item('Missed 1').waitFor();
    await until(async () => (await cleo.notice.count()) === 0, 'nothing is wrong any more');
    expect(cleo.line.connections).toBe(2);
  });
});
