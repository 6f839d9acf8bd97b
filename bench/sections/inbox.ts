/**
 * What the inbox costs a browser whose page shows thousands of items: an arrival, a jump, and steady scrolling. The real
 * element in a real Chromium, with a hub in the page that answers at once, for the bell's panel and for the page.
 */
import type { Page } from 'playwright-core';
import { drawn, Fixture, items } from '../../test/browser/element/fixture.ts';
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
    scroller: "inbox.shadowRoot.querySelector('.scroll')",
  },
  {
    suffix: 'Page',
    where: 'in the page',
    attributes: 'layout="page"',
    scroller: 'document.scrollingElement',
  },
] as const;
type Layout = (typeof layouts)[number];

/** Milliseconds, each. */
interface Times {
  push: number[];
  scroll: number[];
  frame: number[];
}

/** Texts of one to six lines. All are seen: the page's hub would look through all of them to mark them so. */
const show = (count: number) => `(() => {
  const told = ({ action }, n) => ({ ...action, text: 'Ada closed ' + 'Issue '.repeat(1 + (n * 7) % 40) });
  const all = range(${count}, { seen: true });
  feed.show(all.map((item, n) => ({ ...item, action: told(item, n) })));
})()`;

/**
 * Pushes are seen at the list's beginning. A push and a jump count until the element has nothing left to draw and the
 * page is laid out; each has a frame to itself.
 */
const take = ({ scroller }: Layout, { shown, pushes, jumps, frames }: Sizes) => `(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const measure = async (rounds, deed) => {
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
      await frame();
      const started = performance.now();
      deed();
      while (!(await inbox.updateComplete));
      inbox.getBoundingClientRect();
      times.push(performance.now() - started);
    }
    return times;
  };
  const arriving = [feed.snapshot.items];
  for (let n = 0; n < ${pushes}; n += 1) arriving.push([made(${shown} + n, { seen: true }), ...arriving.at(-1)]);
  arriving.reverse().pop();
  const push = await measure(${pushes}, () => feed.change({ items: arriving.pop() }));
  const first = () => inbox.shadowRoot.querySelector('.item').dataset.id;
  if (first() !== feed.snapshot.items[0].id) throw new Error('the last push is not to be seen');
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
  await page.evaluate(show(sizes.shown));
  await items(page).first().waitFor();
  await drawn(page);
  const times = (await page.evaluate(take(layout, sizes))) as Times;
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

/** `chromium`: the browser's program. */
export async function inbox(
  { sizes, progress }: Pick<Bench, 'sizes' | 'progress'>,
  chromium: string,
): Promise<Figure[]> {
  const fixture = new Fixture();
  await fixture.open(chromium);
  try {
    const figures: Figure[] = [];
    for (const layout of layouts) {
      figures.push(...(await measure(await fixture.page(layout), layout, sizes)));
      await fixture.closePages();
      progress(`inbox: ${sizes.pushes} pushes to ${sizes.shown} items ${layout.where}`);
    }
    const [complaint] = fixture.complaints;
    if (complaint !== undefined) throw new Error(`the page complained: ${complaint}`);
    return figures;
  } finally {
    await fixture.close();
  }
}
