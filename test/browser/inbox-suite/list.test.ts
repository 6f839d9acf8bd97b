/** Long lists: rendered rows, stable positions, and costs. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { focused, items, rendered, renderers } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);

  /** Ids and top edges of the visible items, from the top. */
  const seen = (page: Page) =>
    page.evaluate(`(() => {
    const box = $('.hubbub-inbox__items').getBoundingClientRect();
    const around = document.querySelector('.boxed main')?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight };
    const [top, bottom] = [Math.max(0, box.top, around.top), Math.min(innerHeight, box.bottom, around.bottom)];
    return [...$$('.hubbub-inbox__item')]
      .map((row) => [row.dataset.id, row.getBoundingClientRect()])
      .filter(([, { top: from, bottom: to }]) => to > top && from < bottom)
      .map(([id, { top: from }]) => [id, Math.round(from)]);
  })()`) as Promise<Array<[id: string, top: number]>>;

  /** Changes of rows since the last call, by id. */
  interface RowChanges {
    added: string[];
    removed: string[];
    /** Rows that stayed, but changed besides their position in the list. */
    changed: string[];
    /** The number of rendered rows. */
    there: number;
  }

  /** From now on `rowChanges()` returns the changes of rows, independent of the renderer. */
  const watchRows = `(() => {
  const records = [];
  const observer = new MutationObserver((some) => records.push(...some));
  observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
  const rowsIn = (nodes) => [...nodes].flatMap((node) =>
    node.nodeType !== 1 ? [] : node.matches('.hubbub-inbox__item') ? [node] : [...node.querySelectorAll('.hubbub-inbox__item')]);
  const rowOf = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest('.hubbub-inbox__item');
  const place = ['aria-posinset', 'aria-setsize', 'style'];
  window.rowChanges = () => {
    const [added, removed, changed] = [[], [], new Set()];
    for (const { target, attributeName, addedNodes, removedNodes } of records.splice(0).concat(observer.takeRecords())) {
      added.push(...rowsIn(addedNodes));
      removed.push(...rowsIn(removedNodes));
      const row = rowOf(target);
      if (row && !(row === target && place.includes(attributeName))) changed.add(row);
    }
    for (const row of [...added, ...removed]) changed.delete(row);
    const ids = (rows) => [...rows].map((row) => row.dataset.id);
    const there = root.querySelectorAll('.hubbub-inbox__item').length;
    return { added: ids(added), removed: ids(removed), changed: ids(changed), there };
  };
})()`;

  const layouts = {
    'behind the bell': { attributes: 'open', scroller: "$('.hubbub-inbox__items')" },
    'in the page': { attributes: 'layout="page"', scroller: 'document.scrollingElement' },
    'in a body that scrolls': {
      attributes: 'layout="page"',
      html: 'lang="en" class="shell"',
      scroller: 'document.body',
    },
    'in a box of the page': {
      attributes: 'layout="page"',
      html: 'lang="en" class="boxed"',
      scroller: "document.querySelector('.boxed main')",
    },
  };

  describe.each(Object.entries(layouts))('a long list %s', (_where, { scroller, ...setting }) => {
    const open = async (count = 10_000, texts = 'n => "Ada closed " + "Issue ".repeat(1 + (n * 7) % 40)') => {
      const page = await fixture.page(setting);
      await page.evaluate(`(() => {
      const text = ${texts};
      feed.show(range(${count}).map((item, index) => ({ ...item, action: { ...item.action, text: text(index) } })));
    })()`);
      await items(page).first().waitFor();
      await rendered(page);
      return page;
    };
    const scrollTo = async (page: Page, top: string) => {
      await page.evaluate(`${scroller}.scrollTop = ${top}`);
      await rendered(page);
    };

    it('is complete after it was first rendered at no size', async () => {
      const page = await fixture.page({ attributes: 'layout="page"', css: '.zero{transform:scale(0)}' });
      await page.evaluate(
        'document.querySelector("main").className = "zero"; feed.show(range(300, { unread: false }))',
      );
      await rendered(page);
      await page.evaluate('document.querySelector("main").className = ""; scrollTo(0, 1500)');
      await until(async () => (await seen(page)).length > 3);
      expect(await page.evaluate("$('.hubbub-inbox__list').style.paddingBottom")).toMatch(/^\d/);
    });

    it('renders only visible and nearby rows, at every scroll position', async () => {
      const page = await open();
      for (const part of [0, 0.2, 0.5, 0.999, 0.3, 1]) {
        await scrollTo(page, `${scroller}.scrollHeight * ${part}`);
        expect(await items(page).count(), `at ${part}`).toBeLessThan(60);
        const rows = await seen(page);
        expect(rows.length, `at ${part}`).toBeGreaterThan(2);
        const numbers = rows.map(([id]) => Number(id.slice(1)));
        // Rows are adjacent, without gaps.
        expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) - index));
      }
      expect((await seen(page)).at(-1)?.[0]).toBe('i0');
    });

    it('does not jump when items are inserted, removed or read while it is scrolled down', async () => {
      const page = await open();
      await scrollTo(page, '3000');
      const before = await seen(page);
      const interactions = [
        'feed.push(feedItem(20000), feedItem(20001), feedItem(20002))',
        'feed.remove("i9990", "i9991")',
        `feed.push({ ...feed.snapshot.items.find(({ id }) => id === '${before.at(-1)?.[0]}'), at: feedItem(20003).at })`,
        'feed.markAllRead()',
        'feed.push(...Array.from({ length: 300 }, (_, n) => feedItem(30000 + n)).reverse())',
      ];
      const [first] = before;
      for (const interaction of interactions) {
        await page.evaluate(interaction);
        await rendered(page);
        const [now] = await seen(page);
        expect(now?.[0], interaction).toBe(first?.[0]);
        expect(Math.abs((now?.[1] ?? 0) - (first?.[1] ?? 0)), interaction).toBeLessThanOrEqual(1);
      }
    });

    it('keeps the next item in place when the first visible one is removed', async () => {
      const page = await open();
      await scrollTo(page, '3000');
      const [first, second] = await seen(page);
      await page.evaluate(`feed.remove('${first?.[0]}')`);
      await rendered(page);
      const still = (await seen(page)).find(([id]) => id === second?.[0]);
      expect(Math.abs((still?.[1] ?? 0) - (second?.[1] ?? 0))).toBeLessThanOrEqual(1);
    });

    it('shows new items if its start is in view', async () => {
      const page = await open(100);
      // Checked in the same task, because it is fresh only for a moment.
      const look = await page.evaluate(`(async () => {
      feed.push(feedItem(20000));
      await inbox.updateComplete;
      return $('.hubbub-inbox__item').className;
    })()`);
      expect(look).toContain('hubbub-inbox__item--new');
      expect((await seen(page))[0]?.[0]).toBe('i20000');
      await until(
        async () => !(await items(page).first().getAttribute('class'))?.includes('hubbub-inbox__item--new'),
      );
    });

    it('can be navigated by keys to its ends, with the focus always in view', async () => {
      const page = await open();
      await items(page).first().focus();
      await page.keyboard.press('End');
      await until(async () => (await focused(page)) === 'i0');
      await rendered(page);
      expect((await seen(page)).map(([id]) => id)).toContain('i0');
      for (let step = 1; step <= 30; step += 1) {
        await page.keyboard.press('ArrowUp');
        await until(async () => (await focused(page)) === `i${step}`);
        expect((await seen(page)).map(([id]) => id)).toContain(`i${step}`);
      }
      await page.keyboard.press('Home');
      await until(async () => (await focused(page)) === 'i9999');
      await rendered(page);
      expect((await seen(page))[0]?.[0]).toBe('i9999');
      expect(await items(page).first().getAttribute('aria-posinset')).toBe('1');
      expect(await items(page).first().getAttribute('aria-setsize')).toBe('10000');
    });

    it('keeps the focused item in the document when it is scrolled out of view', async () => {
      const page = await open();
      await items(page).nth(2).focus();
      await scrollTo(page, `${scroller}.scrollHeight / 2`);
      await expect.poll(() => focused(page)).toBe('i9997');
      expect(await items(page).count()).toBeLessThan(60);
      await page.evaluate('feed.push(feedItem(20000))');
      await rendered(page);
      await expect.poll(() => focused(page)).toBe('i9997');
      await page.keyboard.press('ArrowDown');
      await until(async () => (await focused(page)) === 'i9996');
      await rendered(page);
      expect((await seen(page)).map(([id]) => id)).toContain('i9996');
    });

    it('is never blank while it is scrolled fast, up or down', async () => {
      const page = await open();
      const blank = await page.evaluate(`(async () => {
      const box = ${scroller};
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const covered = () => {
        const around = box === document.scrollingElement || box === document.body
          ? { top: 0, bottom: innerHeight } : box.getBoundingClientRect();
        const list = $('.hubbub-inbox__list').getBoundingClientRect();
        const [top, bottom] = [Math.max(around.top, list.top), Math.min(around.bottom, list.bottom)];
        let at = top;
        for (const row of $$('.hubbub-inbox__item')) {
          const edges = row.getBoundingClientRect();
          if (edges.top <= at + 1 && edges.bottom > at) at = edges.bottom;
        }
        return at >= bottom - 1;
      };
      let blank = 0;
      for (let step = 0; step < 160; step += 1) {
        box.scrollTop += step < 100 ? 240 : -240;
        await frame();
        if (!covered()) blank += 1;
      }
      return blank;
    })()`);
      expect(blank).toBe(0);
    });
  });

  it.each(['behind the bell', 'in the page'] as const)(
    'a long list %s updates only changed rows',
    async (where) => {
      const { scroller, ...setting } = layouts[where];
      const page = await fixture.page(setting);
      // The clock is stopped, so that times in texts do not change on a slow machine.
      await page.evaluate(
        `(() => { const now = Date.now(); Date.now = () => now; feed.show(range(10_000)); })()`,
      );
      await items(page).first().waitFor();
      await rendered(page);
      await page.evaluate(watchRows);
      const changed = async () => {
        await rendered(page);
        return (await page.evaluate('rowChanges()')) as RowChanges;
      };

      await page.evaluate('feed.push(feedItem(20000))');
      await until(async () => (await seen(page))[0]?.[0] === 'i20000');
      const arrival = await changed();
      expect(arrival.there).toBeLessThan(60);
      expect(arrival.added).toContain('i20000');
      // Rows at the other end of the rendered range change with it; the first one is the tab stop.
      expect(arrival.added.length + arrival.removed.length).toBeLessThanOrEqual(6);
      expect(arrival.changed.length).toBeLessThanOrEqual(3);

      await page.evaluate("feed.markRead(['i9998'])");
      await until(() => page.evaluate("!$('[data-id=i9998]').matches('.hubbub-inbox__item--unread')"));
      const mark = await changed();
      expect(mark.changed).toContain('i9998');
      // Its height may differ, and so may the rendered range.
      expect(mark.added.length + mark.removed.length).toBeLessThanOrEqual(2);
      // Otherwise at most the row that is no longer fresh.
      expect(mark.changed.length).toBeLessThanOrEqual(2);

      await page.evaluate(`${scroller}.scrollTop += 1500`);
      await until(async () => Number((await seen(page))[0]?.[0].slice(1)) < 9_990);
      const scrolled = await changed();
      expect(scrolled.there).toBeLessThan(60);
      expect(new Set(scrolled.added).size).toBe(scrolled.added.length);
      expect(scrolled.added.length).toBeLessThanOrEqual(scrolled.there);
      expect(scrolled.removed.length).toBeLessThanOrEqual(mark.there);
      expect(scrolled.changed.length).toBeLessThanOrEqual(3);
    },
  );

  it('the other tab starts at its top, at any scroll position of this one', async () => {
    for (const attributes of ['open', 'layout="page"']) {
      const page = await fixture.page({ attributes });
      await page.evaluate('feed.show(range(2000))');
      await items(page).first().focus();
      await page.keyboard.press('End');
      await until(async () => (await focused(page)) === 'i0');
      await page.getByRole('tab', { name: 'Unread' }).click();
      await until(async () => (await seen(page))[0]?.[0] === 'i1999');
    }
  });

  it('a scaled-down list fills its visible area', async () => {
    const page = await fixture.page({ attributes: 'layout="page"', html: 'lang="en" class="small"' });
    await page.evaluate('feed.show(range(2000))');
    await items(page).first().waitFor();
    for (const top of [0, 3_000, 20_000]) {
      await page.evaluate(`document.scrollingElement.scrollTop = ${top}`);
      await rendered(page);
      const rows = await seen(page);
      expect(rows[0]?.[1], `at ${top}`).toBeLessThan(150);
      expect(rows.at(-1)?.[1], `at ${top}`).toBeGreaterThan(740);
      expect(await items(page).count()).toBeLessThan(100);
    }
  });

  it('a list that was hidden is correct when it is shown', async () => {
    const page = await fixture.page({ attributes: 'layout="page" hidden' });
    await page.evaluate('feed.show(range(300))');
    await rendered(page);
    await page.evaluate('feed.push(feedItem(400)); inbox.hidden = false');
    await items(page).first().waitFor();
    await page.evaluate('document.scrollingElement.scrollTop = 1e9');
    await until(async () => (await seen(page)).at(-1)?.[0] === 'i0');
    await until(async () => (await items(page).count()) < 60);
  });
});
