/**
 * The cost of the inbox in a page with thousands of items: a push, a jump, and steady scrolling. It uses the real element in
 * Chromium with a fake hub in the page that responds at once, for the bell's panel and for the page layout.
 */
import type { Page } from 'playwright-core';
import { findChromium } from '../../dev/chromium.ts';
import { Fixture, items, rendered } from '../../test/browser/inbox-suite/fixture.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { Latencies } from '../latencies.ts';
import { limits } from '../limits.ts';
import type { Sizes } from '../sizes.ts';

const layouts = [
  {
    suffix: '',
    where: 'in the panel',
    attributes: 'open',
    scroller: "$('.hubbub-inbox__items')",
  },
  {
    suffix: 'Page',
    where: 'in the page',
    attributes: 'layout="page"',
    scroller: 'document.scrollingElement',
  },
] as const;
type Layout = (typeof layouts)[number];

/** Times in milliseconds. */
interface Times {
  push: number[];
  scroll: number[];
  frame: number[];
}

/** Texts of one to six lines. All items are seen: otherwise the fake hub would scan all of them for a mark. */
const showScript = (count: number) => `(() => {
  const withText = ({ action }, n) => ({ ...action, text: 'Ada closed ' + 'Issue '.repeat(1 + (n * 7) % 40) });
  const all = range(${count}, { seen: true });
  feed.show(all.map((item, n) => ({ ...item, action: withText(item, n) })));
})()`;

/**
 * Pushes are visible at the start of the list. The time of a push or a jump ends when the element has no pending update and
 * the page layout is done. Each has its own frame.
 */
const measureScript = ({ scroller }: Layout, { shown, pushes, jumps, frames }: Sizes) => `(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const measure = async (rounds, step) => {
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
      await frame();
      const started = performance.now();
      step();
      while (!(await inbox.updateComplete));
      inbox.getBoundingClientRect();
      times.push(performance.now() - started);
    }
    return times;
  };
  const snapshots = [feed.snapshot.items];
  for (let n = 0; n < ${pushes}; n += 1) snapshots.push([feedItem(${shown} + n, { seen: true }), ...snapshots.at(-1)]);
  snapshots.reverse().pop();
  const push = await measure(${pushes}, () => feed.change({ items: snapshots.pop() }));
  const first = () => $('.hubbub-inbox__item').dataset.id;
  if (first() !== feed.snapshot.items[0].id) throw new Error('the last push is not visible');
  const box = ${scroller};
  const scroll = await measure(${jumps}, () => { box.scrollTop += 1500; inbox.requestUpdate(); });
  if (first() === feed.snapshot.items[0].id) throw new Error('the list was not scrolled');
  const between = [];
  let last = await frame();
  for (let n = 0; n < ${frames}; n += 1) {
    box.scrollTop -= 240;
    const now = await frame();
    between.push(now - last);
    last = now;
  }
  return { push, scroll, frame: between };
})()`;

async function measure(page: Page, layout: Layout, sizes: Sizes): Promise<Figure[]> {
  await page.evaluate(showScript(sizes.shown));
  await items(page).first().waitFor();
  await rendered(page);
  const times = (await page.evaluate(measureScript(layout, sizes))) as Times;
  const { suffix, where } = layout;
  const figure = (kind: keyof Times, title: string): Figure => ({
    name: `inbox.${kind}${suffix}`,
    title: `${sizes.shown.toLocaleString('en')} items ${where}: ${title}`,
    unit: 'ms',
    hub: percentile(times[kind], 50),
    limit: limits[`inbox.${kind}${suffix}`],
  });
  const push = figure('push', 'a push is drawn, median');
  return [
    push,
    {
      ...push,
      name: `inbox.slowPush${suffix}`,
      title: push.title.replace('median', '95th percentile'),
      hub: percentile(times.push, 95),
      limit: undefined,
    },
    figure('scroll', 'scrolled by 1,500 px'),
    figure('frame', 'between frames while scrolling'),
  ];
}

function percentile(times: readonly number[], share: number): number {
  const latencies = new Latencies();
  for (const time of times) latencies.add(time);
  return latencies.percentile(share);
}

export async function inbox({ sizes, progress }: Pick<Bench, 'sizes' | 'progress'>): Promise<Figure[]> {
  const chromium = await findChromium(progress);
  if (chromium === undefined) {
    progress('skipping the inbox: no Chromium found');
    return [];
  }
  const fixture = new Fixture('element');
  await fixture.open(chromium);
  try {
    const figures: Figure[] = [];
    for (const layout of layouts) {
      figures.push(...(await measure(await fixture.page(layout), layout, sizes)));
      await fixture.closePages();
      progress(`inbox: ${sizes.pushes} pushes to ${sizes.shown} items ${layout.where}`);
    }
    const [consoleError] = fixture.consoleErrors;
    if (consoleError !== undefined) throw new Error(`console error in the page: ${consoleError}`);
    return figures;
  } finally {
    await fixture.close();
  }
}
