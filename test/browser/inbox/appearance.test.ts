/**
 * The inbox in each of its states: checked by axe-core in light and dark, and for horizontal overflow on narrow screens and
 * from right to left. If HUBBUB_SCREENSHOTS is a folder, screenshots are written there.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ActionInput } from '../../../protocol/entities.ts';
import { until } from '../../support/until.ts';
import type { PageOptions } from './document.ts';
import { InboxFixture, issue } from './inbox-fixture.ts';
import type { Look, Visit } from './visit.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = process.env.HUBBUB_SCREENSHOTS;

let fixture: InboxFixture;
beforeAll(async () => {
  fixture = await InboxFixture.open();
});
afterEach(async () => expect(await fixture.closePages()).toEqual([]));
afterAll(() => fixture.close());

/** A feed with all kinds of items. */
async function fill(user: string): Promise<void> {
  const mona = { type: 'user', id: 'mona', name: 'Mona', image: '/face.svg' };
  const actions: Array<Partial<ActionInput>> = [
    { targets: issue('Read already') },
    { targets: [{ type: 'issue', id: 'w', name: 'Word'.repeat(40), url: 'https://example.com/w' }] },
    { actor: null, verb: 'deployed', targets: { type: 'site', id: 's', name: 'Website' } },
    {
      actor: { type: 'user', id: 'layla', name: 'ليلى' },
      verb: 'commented on',
      targets: issue('مرحبا بالعالم'),
    },
    {
      actor: mona,
      verb: 'merged',
      targets: issue('One & <b>two</b>'),
      related: { type: 'project', id: 'p', name: 'Hubbub' },
    },
    { actor: mona, verb: 'starred', targets: { type: 'project', id: 'gone', name: 'Gone' } },
    { verb: 'pushed', groupingDelay: 0, targets: { type: 'commit', id: 'c1', name: 'c1' } },
    { verb: 'pushed', groupingDelay: 0, targets: { type: 'commit', id: 'c2', name: 'c2' } },
  ];
  const [read] = await fixture.log([user], ...actions);
  await fixture.mark(user, 'read', read ? [read] : []);
}

const full = async (user: string, options: Partial<PageOptions & Look> = {}): Promise<Visit> => {
  await fill(user);
  const visit = await fixture.visit(user, options);
  if (options.layout !== 'page') await visit.openBell();
  await visit.item('Read already').waitFor();
  return visit;
};

/** All states of the inbox. Each function opens a page of `user` in that state. */
const states: Record<string, (user: string) => Promise<Visit>> = {
  bell: async (user) => {
    await fill(user);
    const visit = await fixture.visit(user);
    await visit.showsBadge(6);
    return visit;
  },
  panel: (user) => full(user),
  page: (user) => full(user, { layout: 'page' }),
  empty: async (user) => {
    const visit = await fixture.visit(user);
    await visit.openBell();
    await visit.page.getByText('Nothing here yet').waitFor();
    return visit;
  },
  'all read': async (user) => {
    const visit = await fixture.visit(user, { layout: 'page' });
    await visit.page.getByRole('tab', { name: 'Unread' }).click();
    await visit.page.getByText('All caught up').waitFor();
    return visit;
  },
  loading: async (user) => {
    const visit = await fixture.arrive(user, { layout: 'page' }, ({ link }) => link.holdResponses());
    await visit.page.locator('.hubbub-inbox__skeleton').first().waitFor();
    return visit;
  },
  error: async (user) => {
    const visit = await fixture.arrive(user, { layout: 'page' }, (page) => page.intercept('feed:list'));
    await until(() => visit.pendingRefusals.shift(), 'the list is requested').then((refuse) => refuse());
    await visit.button('Try again').waitFor();
    return visit;
  },
  offline: async (user) => {
    const visit = await full(user);
    await visit.goOffline();
    await visit.notice.getByText('Offline.').waitFor();
    return visit;
  },
  expired: async (user) => {
    const visit = await fixture.arrive(user, { layout: 'page', connects: 'text', token: 'no token' });
    await visit.notice.getByText('Could not sign you in to notifications.').waitFor();
    return visit;
  },
  refused: async (user) => {
    await fill(user);
    const visit = await fixture.arrive(user, { layout: 'page' }, (page) => page.intercept('feed:read'));
    await visit.button('Mark all read').click();
    await until(() => visit.pendingRefusals.shift(), 'the mark is sent').then((refuse) => refuse());
    await visit.notice.getByText('That did not work.').waitFor();
    return visit;
  },
};

const picture = async ({ page }: Visit, name: string) =>
  folder && page.screenshot({ path: join(folder, `${name.replaceAll(' ', '-')}.png`) });

describe('axe-core finds nothing', () => {
  it.each(Object.entries(states))('in the state "%s", in light and dark', async (name, make) => {
    const visit = await make(`axe-${name.replaceAll(' ', '-')}`);
    await visit.page.evaluate(axe);
    for (const colorScheme of ['light', 'dark'] as const) {
      await visit.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { violations, passes } = await visit.evaluate<AxeResults>('axe.run(document)');
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`);
      expect(found, colorScheme).toEqual([]);
      expect(passes.map(({ id }) => id)).toContain('color-contrast');
      await picture(visit, `${name}-${colorScheme}`);
    }
  });

  it('with a theme other than the system’s', async () => {
    const visit = await full('axe-theme', { theme: 'dark', colorScheme: 'light' });
    await visit.page.emulateMedia({ reducedMotion: 'reduce' });
    await visit.page.evaluate(axe);
    const { violations } = await visit.evaluate<AxeResults>('axe.run(document)');
    expect(violations.map(({ id }) => id)).toEqual([]);
    expect(await visit.evaluate('probe.shade()')).toBe('dark');
  });
});

describe.each(['ltr', 'rtl'] as const)('in the direction %s', (dir) => {
  it.each(['bell', 'page'] as const)('the %s fits on any screen', async (layout) => {
    const lang = dir === 'rtl' ? 'ar' : 'en';
    const visit = await full(`${dir}-${layout}`, { layout, dir, lang, width: 360, height: 740 });
    await visit.page.emulateMedia({ reducedMotion: 'reduce' });
    for (const width of [320, 360, 768, 1_280]) {
      await visit.page.setViewportSize({ width, height: 740 });
      await visit.evaluate('probe.whenStable()');
      expect(await visit.evaluate('probe.overflow()'), `${width} px`).toEqual([]);
      await picture(visit, `${layout}-${dir}-${width}`);
    }
    const side = dir === 'ltr' ? 'left' : 'right';
    expect(await visit.evaluate('probe.direction()')).toEqual({ avatar: side, text: side });
  });
});
