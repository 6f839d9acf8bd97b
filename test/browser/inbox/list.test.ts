/** A long list, in a scrolling page and in the bell's panel. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { InboxFixture } from './inbox-fixture.ts';
import type { Visit } from './visit.ts';

let fixture: InboxFixture;
beforeAll(async () => {
  fixture = await InboxFixture.open();
});
afterEach(async () => expect(await fixture.closePages()).toEqual([]));
afterAll(() => fixture.close());

/** Pixels per turn of the wheel: more than a page of items, but within the rendered range. */
const turn = 2_000;

const has = (action: string | undefined) =>
  `probe.snapshot().items.some(({ action }) => action.id === '${action}')`;

/** Whether the end of the list is rendered, and nothing more can be loaded. */
const isAtEnd = (visit: Visit, last: string) =>
  visit.evaluate<boolean>(`!probe.snapshot().hasMore && probe.items().at(-1) === '${last}'`);

describe.each(['page', 'bell'] as const)('300 items, in the %s', (layout) => {
  it('are shown once, in order and in place, while others arrive on top', async () => {
    const user = `ada-${layout}`;
    const old = await fixture.issues([user], 300, 'Old');
    const before = (await fixture.serverState(user)).items.map(({ id }) => id);
    const last = before.at(-1) ?? '';
    const ada = await fixture.visit(user, { layout });
    if (layout === 'bell') await ada.openBell();
    await ada.item('Old 300').hover();

    let arrivals = 0;
    while (!(await isAtEnd(ada, last))) {
      // While scrolling: items arrive while a page is being loaded.
      arrivals += 1;
      const [[met]] = await Promise.all([
        fixture.issues([user], 1, `New ${arrivals},`),
        ada.page.mouse.wheel(0, turn),
      ]);
      await ada.until(has(met));
      await ada.evaluate('probe.whenStable()');
      if (arrivals % 4 !== 0) continue;
      // Without scrolling: visible items stay in place.
      await ada.evaluate('probe.follow()');
      const [arrived] = await fixture.issues([user], 2, `Quietly ${arrivals},`);
      await ada.until(has(arrived));
      expect(await ada.evaluate<number>('probe.moved()'), 'pixels').toBeLessThanOrEqual(1);
    }

    await ada.expectMatches(() => fixture.serverState(user));
    const lists = await ada.evaluate<string[][]>('probe.shown.lists');
    for (const list of lists) expect(new Set(list).size).toBe(list.length);
    const shown = new Set(lists.flat());
    expect(before.filter((id) => !shown.has(id))).toEqual([]);
    expect(old).toHaveLength(300);

    // The new items are at the top.
    await ada.page.mouse.wheel(0, -1_000_000);
    await ada.until(`probe.items()[0] === probe.snapshot().items[0].id`);
    expect(await ada.evaluate('probe.items().slice(0, 5)')).toEqual(
      (await fixture.serverState(user)).items.slice(0, 5).map(({ id }) => id),
    );
  });
});
