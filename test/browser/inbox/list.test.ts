/** A long list, in a page that scrolls and in the bell's panel. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scene } from './scene.ts';
import type { Visit } from './visit.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterEach(async () => expect(await scene.leave()).toEqual([]));
afterAll(() => scene.close());

/** Pixels that one turn of the wheel scrolls: more than a page of items, but no further than what is drawn. */
const turn = 2_000;

const has = (action: string | undefined) =>
  `probe.snapshot().items.some(({ action }) => action.id === '${action}')`;

/** Where the list's end is in the document, and nothing more is to be loaded. */
const isAtEnd = (visit: Visit, last: string) =>
  visit.ask<boolean>(`!probe.snapshot().hasMore && probe.items().at(-1) === '${last}'`);

describe.each(['page', 'bell'] as const)('300 items, in the %s', (layout) => {
  it('are all there once, in order and in their place, while others arrive on top', async () => {
    const user = `ada-${layout}`;
    const old = await scene.issues([user], 300, 'Old');
    const before = (await scene.truth(user)).items.map(({ id }) => id);
    const last = before.at(-1) ?? '';
    const ada = await scene.visit(user, { layout });
    if (layout === 'bell') await ada.openBell();
    await ada.item('Old 300').hover();

    let arrivals = 0;
    while (!(await isAtEnd(ada, last))) {
      // On the way: what arrives meets a page that is being loaded.
      arrivals += 1;
      const [[met]] = await Promise.all([
        scene.issues([user], 1, `New ${arrivals},`),
        ada.page.mouse.wheel(0, turn),
      ]);
      await ada.until(has(met));
      await ada.ask('probe.settled()');
      if (arrivals % 4 !== 0) continue;
      // At rest: what can be seen stays where it is.
      await ada.ask('probe.follow()');
      const [arrived] = await scene.issues([user], 2, `Quietly ${arrivals},`);
      await ada.until(has(arrived));
      expect(await ada.ask<number>('probe.moved()'), 'pixels').toBeLessThanOrEqual(1);
    }

    await ada.equals(() => scene.truth(user));
    const lists = await ada.ask<string[][]>('probe.shown.lists');
    for (const list of lists) expect(new Set(list).size).toBe(list.length);
    const shown = new Set(lists.flat());
    expect(before.filter((id) => !shown.has(id))).toEqual([]);
    expect(old).toHaveLength(300);

    // What arrived waits at the top.
    await ada.page.mouse.wheel(0, -1_000_000);
    await ada.until(`probe.items()[0] === probe.snapshot().items[0].id`);
    expect(await ada.ask('probe.items().slice(0, 5)')).toEqual(
      (await scene.truth(user)).items.slice(0, 5).map(({ id }) => id),
    );
  });
});
