/** Checks every state with axe-core, in light and dark, and takes screenshots. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderers, type Setting } from './fixture.ts';
import { overlaps } from './overlaps.ts';
import { useFixture } from './use-fixture.ts';

/** The folder for screenshots, which is not in the repository. */
const pictures = join(import.meta.dirname, '../../../.hubbub/screenshots');

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer);
  beforeAll(() => {
    mkdirSync(pictures, { recursive: true });
  });

  const list = `(() => {
  const people = ['Ada Lovelace', 'Grace Hopper', 'Linus', 'Mónica Álvarez', 'Edsger W. Dijkstra'];
  const things = ['Fix login', 'Website relaunch', 'A very long title that goes on until it wraps onto the next line', 'Docs'];
  const verbs = ['closed', 'commented on', 'opened', 'merged'];
  return Array.from({ length: 24 }, (_, n) => {
    const [who, thing, verb] = [people[n % 5], things[n % 4], verbs[n % 4]];
    const related = n % 3 === 0 ? [{ type: 'project', id: 'p', name: 'Hubbub', url: '/p' }] : [];
    return feedItem(100 - n, {
      actor: { type: 'user', id: who, name: who },
      targets: [{ type: 'issue', id: thing, name: thing, url: n === 4 ? undefined : '/' + n }],
      related,
      text: who + ' ' + verb + ' ' + thing + (related.length ? ' in Hubbub' : ''),
      count: n % 5 === 1 ? 7 : 1,
      unread: n < 4,
      at: new Date(Date.now() - n * n * 900_000).toISOString(),
    });
  });
})()`;

  /** Items with excerpts, buttons and levels. */
  const contents = `(() => {
  const ada = { type: 'user', id: 'ada', name: 'Ada Lovelace' };
  const thing = (name) => [{ type: 'issue', id: name, name, url: '/' + name }];
  const at = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  const answer = [{ id: 'yes', label: 'Approve', style: 'primary' }, { id: 'no', label: 'Decline', style: 'danger' }, { id: 'open', label: 'Details', url: '/details' }];
  return [
    feedItem(9, { actor: ada, targets: thing('Website relaunch'), text: 'Ada Lovelace asked you to review Website relaunch', body: 'The new start page is ready.\\nPlease look at the colours in particular, because the client wants them to be as bright as they were before, and yet readable for everybody who visits the page on a telephone in the sun. Then we ship it.', buttons: answer, at: at(1) }),
    feedItem(8, { level: 40, actor: null, targets: thing('Nightly build'), text: 'Nightly build takes 40 minutes longer than a week ago', body: 'The cache of the tests is not used.', at: at(9) }),
    feedItem(7, { level: 50, actor: null, targets: thing('Backup'), text: 'Backup failed', buttons: [{ id: 'retry', label: 'Try again', style: 'primary' }, { id: 'ignore', label: 'Ignore' }], at: at(22) }),
    feedItem(6, { actor: ada, targets: thing('Budget'), text: 'Ada Lovelace asked you to approve Budget', buttons: answer, pressed: { button: 'yes', at: at(5) }, unread: false, at: at(75) }),
    feedItem(5, { actor: { type: 'user', id: 'x', name: 'ندى' }, targets: thing('الموقع'), text: 'ندى علقت على الموقع', body: 'الألوان جميلة جدا', level: 40, unread: false, buttons: [{ id: 'ok', label: 'موافق' }], at: at(190) }),
    feedItem(4, { actor: ada, targets: thing('Docs'), text: 'Ada Lovelace commented on Docs', body: 'short', unread: false, at: at(900), buttons: [{ id: 'long', label: 'A button whose label has as many characters as a label of a button may have, which is a hundred ch' }] }),
  ];
})()`;

  const page = { attributes: 'layout="page"' };
  const states: Record<string, [setting: Setting, interaction: string, pressed?: string]> = {
    'bell-closed': [{}, `feed.show(${list}, range(2000))`],
    bell: [{ attributes: 'open' }, `feed.show(${list})`],
    'bell-content': [{ attributes: 'open' }, `feed.show(${contents})`],
    'narrow-content': [{ attributes: 'open', width: 360, height: 780 }, `feed.show(${contents})`],
    'right-to-left-content': [{ attributes: 'open', html: 'lang="ar" dir="rtl"' }, `feed.show(${contents})`],
    'page-content': [page, `feed.show(${contents})`],
    'page-refused': [
      page,
      `feed.show(${contents});
      feed.refuses = true;
      feed.refusal = new HubError('press_refused', 'The review is closed.', false)`,
      '[data-button=yes]',
    ],
    'bell-empty': [{ attributes: 'open' }, 'feed.show([])'],
    'bell-loading': [{ attributes: 'open' }, 'feed.change({})'],
    narrow: [{ attributes: 'open', width: 360, height: 700 }, `feed.show(${list})`],
    'right-to-left': [{ attributes: 'open', html: 'lang="ar" dir="rtl"' }, `feed.show(${list})`],
    page: [page, `feed.show(${list}, [feedItem(1)]); feed.holds = true`],
    'page-narrow': [{ ...page, width: 360 }, `feed.show(${list})`],
    loading: [page, 'feed.change({})'],
    empty: [page, 'feed.show([])'],
    error: [page, 'feed.fail()'],
    'error-above': [page, `feed.show(${list}); feed.fail()`],
    offline: [page, `feed.show(${list}); hub.connection.become('offline')`],
    expired: [page, `feed.show(${list}); hub.connection.become('expired')`],
    'token-refused': [page, "hub.connection.failWith('unauthenticated', false)"],
    'token-failed': [{ attributes: 'open' }, "hub.connection.failWith('token_failed', true)"],
  };

  const violations = (shown: Page) =>
    shown.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target, failureSummary }) => target.join(' ') + ' ' + failureSummary).join('; ')))`);

  it.each(Object.entries(states))(
    'axe-core finds nothing, light and dark: %s',
    async (name, [setting, interaction, pressed]) => {
      for (const dark of [false, true]) {
        const shown = await fixture.page({ reducedMotion: true, ...setting, dark });
        await shown.evaluate(interaction);
        if (pressed) await shown.locator(pressed).first().click();
        await shown.evaluate('inbox.updateComplete');
        expect(await violations(shown), dark ? 'dark' : 'light').toEqual([]);
        const width = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        expect(await shown.evaluate(width)).toBe(0);
        await shown.screenshot({
          path: join(pictures, `${renderer}-${name}-${dark ? 'dark' : 'light'}.png`),
        });
      }
    },
  );

  it('axe-core finds nothing while an item is hovered or focused', async () => {
    for (const dark of [false, true]) {
      const shown = await fixture.page({ ...page, reducedMotion: true, dark });
      await shown.evaluate(`feed.show(${list})`);
      for (const index of [0, 6]) {
        await shown.locator('.hubbub-inbox__item').nth(index).hover();
        await shown.locator('.hubbub-inbox__item').nth(index).focus();
        expect(await violations(shown)).toEqual([]);
      }
      await shown.keyboard.press('ArrowUp');
      await shown.screenshot({ path: join(pictures, `${renderer}-focus-${dark ? 'dark' : 'light'}.png`) });
    }
  });

  const labels = {
    English: {},
    German: { title: 'Mitteilungen', markAllRead: 'Alle gelesen', all: 'Alle', unread: 'Ungelesen' },
    'wordy German': {
      title: 'Benachrichtigungen',
      markAllRead: 'Alle als gelesen markieren',
      all: 'Alle Benachrichtigungen',
      unread: 'Ungelesene Benachrichtigungen',
    },
  };

  it.each([
    [320, 640, ''],
    [375, 640, ''],
    [400, 700, 'html{font-size:200%}'],
    [400, 420, 'html{font-size:200%}'],
    [1280, 700, ''],
  ])('the header fits into %i × %i pixels, %s', async (width, height, css) => {
    for (const dir of ['ltr', 'rtl']) {
      for (const [language, texts] of Object.entries(labels)) {
        const slots = `<a slot="header" href="#s">${language === 'English' ? 'Settings' : 'Einstellungen'}</a>`;
        const html = `lang="${language === 'English' ? 'en' : 'de'}" dir="${dir}"`;
        const shown = await fixture.page({
          attributes: 'open',
          reducedMotion: true,
          width,
          height,
          css,
          html,
          slots,
        });
        await shown.evaluate(`inbox.labels = ${JSON.stringify(texts)}; feed.show(range(3), range(2000))`);
        await shown.locator('.hubbub-inbox__item').first().waitFor();
        await shown.evaluate('inbox.updateComplete');
        expect(await shown.evaluate(overlaps), `${language}, ${dir}`).toEqual([]);
        // The header does not take the whole height.
        const list = await shown.evaluate("$('.hubbub-inbox__items').clientHeight");
        expect(list, `${language}, ${dir}`).toBeGreaterThan(60);
        const name = `${renderer}-head-${width}-${height}-${dir}-${language.replace(' ', '-')}.png`;
        await shown.screenshot({ path: join(pictures, name) });
        await fixture.closePages();
      }
    }
  });

  it('the theme is the page’s choice, whatever the system prefers', async () => {
    for (const [theme, dark, background] of [
      ['auto', false, 'rgb(255, 255, 255)'],
      ['dark', false, 'rgb(27, 27, 32)'],
      ['auto', true, 'rgb(27, 27, 32)'],
      ['light', true, 'rgb(255, 255, 255)'],
    ] as const) {
      const shown = await fixture.page({ attributes: `layout="page" theme="${theme}"`, dark });
      await shown.evaluate('feed.show(range(3))');
      const panel = "getComputedStyle($('.hubbub-inbox')).backgroundColor";
      expect(await shown.evaluate(panel), `${theme}, ${dark}`).toBe(background);
      expect(await violations(shown)).toEqual([]);
    }
  });

  it('a page’s colours and sizes apply', async () => {
    const shown = await fixture.page({ attributes: 'layout="page" class="themed"' });
    await shown.evaluate('feed.show(range(3))');
    await shown.locator('.hubbub-inbox__item').first().waitFor();
    const style = (selector: string, property: string) =>
      shown.evaluate(`getComputedStyle($('${selector}')).${property}`);
    expect(await style('.hubbub-inbox', 'backgroundColor')).toBe('rgb(255, 250, 240)');
    expect(await style('.hubbub-inbox', 'borderRadius')).toBe('0px');
    expect(await style('.hubbub-inbox__dot', 'backgroundColor')).toBe('rgb(0, 100, 0)');
    expect(await style('.hubbub-inbox__avatar', 'width')).toBe('48px');
    expect(await style('.hubbub-inbox__sentence', 'fontFamily')).toBe('Georgia');
  });

  it('forced colours keep everything visible', async () => {
    const shown = await fixture.page({ ...page });
    await shown.emulateMedia({ forcedColors: 'active' });
    await shown.evaluate(`feed.show(${list})`);
    await shown.locator('.hubbub-inbox__item').first().focus();
    await shown.screenshot({ path: join(pictures, `${renderer}-forced-colors.png`) });
    const dot = "getComputedStyle($('.hubbub-inbox__item--unread .hubbub-inbox__dot')).backgroundColor";
    expect(await shown.evaluate(dot)).not.toBe(
      await shown.evaluate('getComputedStyle(document.body).backgroundColor'),
    );
  });
});
