import { beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from '../../../../../config/settings.ts';
import { acceptActions } from '../../../../../core/actions/accept.ts';
import { readActions } from '../../../../../core/actions/read.ts';
import type { HubError } from '../../../../../core/errors.ts';
import { listFeed } from '../../../../../core/feed/read/list.ts';
import { renderActions } from '../../../../../core/feed/read/render.ts';
import type { Settings } from '../../../../../core/settings.ts';
import { actionInput } from '../../../../../protocol/schemas/action.ts';
import { feedQuery } from '../../../../../protocol/schemas/calls.ts';
import { renderInput } from '../../../../../protocol/schemas/render.ts';
import { MemoryHub, principal, SPACE, service } from '../../../../support/memory/hub.ts';

const bob = principal('bob');

let hub: MemoryHub;
async function setUp(settings: Partial<Settings> = {}): Promise<void> {
  hub = new MemoryHub({ settings });
}
beforeEach(() => setUp());

/** Logs actions that notify bob, so that they are unread in bob's feed. */
async function logged(...actions: object[]): Promise<string[]> {
  const ids = await acceptActions(hub.deps, service, {
    batch: true,
    actions: actions.map((action) =>
      actionInput.parse({
        actor: 'user:ada',
        verb: 'closed',
        targets: 'issue:7',
        notify: ['bob'],
        ...action,
      }),
    ),
  });
  await hub.work();
  return ids;
}

const rendered = (input: object, holder = bob) => renderActions(hub.deps, holder, renderInput.parse(input));
const unread = async (user = 'bob') => (await hub.stores.feeds.counts(user)).unread;
const feed = async () => (await listFeed(hub.deps, bob, 'bob', feedQuery.parse({}))).items;

async function refused(call: Promise<unknown>): Promise<Pick<HubError, 'code' | 'fields'>> {
  const error = await call.then(
    () => null,
    (thrown: HubError) => thrown,
  );
  if (!error) throw new Error('it was not refused');
  return { code: error.code, fields: error.fields };
}

describe('rendering', () => {
  it('returns text and time in the order of the ids', async () => {
    const [first = '', second = ''] = await logged({ groupingDelay: -1 }, { verb: 'opened' });
    hub.time.advance(5 * 60_000);
    expect(await rendered({ ids: [second, first, second] })).toEqual([
      { id: second, text: 'ada opened issue 7', time: '5 minutes ago', unread: true },
      { id: first, text: 'ada closed issue 7', time: '5 minutes ago', unread: true },
      { id: second, text: 'ada opened issue 7', time: '5 minutes ago', unread: true },
    ]);
  });

  it('uses the requested language for text and time, or the default for both', async () => {
    await setUp(readSettings({ messages: { de: { closed: '{actor} hat {targets} geschlossen' } } }));
    const ids = await logged({ targets: ['issue:7', 'issue:8'] }, { verb: 'opened' });
    hub.time.advance(60_000);
    expect(await rendered({ ids, locale: 'de' })).toMatchObject([
      { text: 'ada hat issue 7 und issue 8 geschlossen', time: 'vor 1 Minute' },
      { text: 'ada opened issue 7', time: '1 minute ago' },
    ]);
  });

  it('follows merged ids to the group, under the requested id', async () => {
    const ids = await logged({}, { targets: ['issue:8'], related: [] });
    const texts = (await rendered({ ids })).map(({ id, text }) => ({ id, text }));
    expect(texts).toEqual(ids.map((id) => ({ id, text: 'ada closed issue 7 and issue 8' })));
  });

  it('returns the time by which feeds sort the item', async () => {
    for (const [regroup, time] of [
      ['bump', '1 hour ago'],
      ['keep', '2 hours ago'],
    ] as const) {
      await setUp({ regroup });
      const [id = ''] = await logged({});
      hub.time.advance(3_600_000);
      await logged({ targets: ['issue:7', 'issue:8'], related: [], groupingDelay: 7_200 });
      hub.time.advance(3_600_000);
      expect(await rendered({ ids: [id] })).toMatchObject([{ text: 'ada closed issue 7 and issue 8', time }]);
    }
  });
});

describe('an action rendered for a user', () => {
  it('is read afterwards, and returned as unread', async () => {
    const ids = await logged({}, { verb: 'opened' });
    expect(await rendered({ ids: ids.slice(0, 1) })).toMatchObject([{ unread: true }]);
    expect(await unread()).toBe(1);
    expect(await rendered({ ids })).toMatchObject([{ unread: false }, { unread: true }]);
    expect(await unread()).toBe(0);
    expect(await rendered({ ids })).toMatchObject([{ unread: false }, { unread: false }]);
  });

  it('stays unread without autoRead, unless forced', async () => {
    await setUp({ autoRead: false });
    const ids = await logged({});
    for (let times = 0; times < 2; times += 1) {
      expect(await rendered({ ids })).toMatchObject([{ unread: true }]);
      expect(await unread()).toBe(1);
    }
    expect(await rendered({ ids, force: true })).toMatchObject([{ unread: true }]);
    expect(await unread()).toBe(0);
  });

  it('publishes the mark to the user’s connections', async () => {
    const ids = await logged({});
    hub.bus.published.length = 0;
    await rendered({ ids });
    const items = (await feed()).map((item) => item.id);
    expect(hub.bus.published).toMatchObject([
      { message: { kind: 'marked', user: 'bob', ids: items, unread: false, seen: true, origin: null } },
    ]);
  });

  it('stays unread if it changes meanwhile, because the new content was not rendered', async () => {
    const ids = await logged({});
    let isFirst = true;
    const deps = hub.process(async (call) => {
      if (call !== 'markable' || !isFirst) return;
      isFirst = false;
      await logged({ groupingDelay: 60, related: 'project:p1' });
    });
    const [renderedAction] = await renderActions(deps, bob, renderInput.parse({ ids }));
    expect(renderedAction).toMatchObject({ text: 'ada closed issue 7', unread: true });
    expect(await feed()).toMatchObject([
      { unread: true, action: { text: 'ada closed issue 7 in project p1', count: 2 } },
    ]);
  });

  it('changes no other items of the user or of other users', async () => {
    const ids = await logged({ notify: ['bob', 'cleo'] });
    await logged({ verb: 'opened' });
    await rendered({ ids });
    expect([await unread('bob'), await unread('cleo')]).toEqual([1, 1]);
  });

  it('may be for any user or none with the service scope', async () => {
    const ids = await logged({});
    expect(await rendered({ ids }, service)).toMatchObject([{ unread: false }]);
    expect(await unread()).toBe(1);
    expect(await rendered({ ids, user: 'bob' }, service)).toMatchObject([{ unread: true }]);
    expect(await unread()).toBe(0);
    expect(await rendered({ ids, user: 'stranger' }, service)).toMatchObject([{ unread: false }]);
  });
});

describe('a handler’s text', () => {
  it('gets the reader, the language, the context, and whether the item was unread', async () => {
    const { handlers } = readSettings({
      handlers: [
        {
          verb: 'closed',
          text: (_action: unknown, { locale, user, context }: Record<string, unknown>) =>
            JSON.stringify([locale, user, context]),
        },
      ],
    });
    await setUp({ handlers });
    const ids = await logged({});
    const text = async (input: object, holder = bob) => {
      const [renderedAction] = await rendered({ ids, ...input }, holder);
      return JSON.parse(renderedAction?.text ?? 'null');
    };
    expect(await text({ locale: 'fr', context: { page: { number: 1 } } })).toEqual([
      'fr',
      'bob',
      { unread: true, page: { number: 1 } },
    ]);
    expect(await text({ context: { unread: 'as the caller says' } })).toEqual([
      'en',
      'bob',
      { unread: 'as the caller says' },
    ]);
    expect(await text({}, service)).toEqual(['en', null, {}]);
    expect(JSON.parse((await feed())[0]?.action.text ?? '')).toEqual(['en', 'bob', {}]);
  });
});

describe('rendering is refused', () => {
  it('for other users', async () => {
    const ids = await logged({});
    expect(await refused(rendered({ ids, user: 'cleo' }))).toMatchObject({ code: 'forbidden' });
    const blind = principal('bob', ['log', 'track']);
    expect(await refused(rendered({ ids }, blind))).toMatchObject({ code: 'forbidden' });
    const read = readActions(hub.deps, blind, ids, () => 'id');
    expect(await refused(read)).toMatchObject({ code: 'forbidden', fields: undefined });
  });

  it('for actions that are neither the user’s own nor in the user’s feed, whether they exist or not', async () => {
    const [visible = '', hidden = '', own = ''] = await logged(
      {},
      { verb: 'hid', notify: [] },
      { verb: 'did', actor: 'user:bob', notify: [] },
    );
    const message = 'the action is not yours and not in your feed';
    expect(await refused(rendered({ ids: [visible, hidden, own, 'none'] }))).toEqual({
      code: 'forbidden',
      fields: [
        { path: 'ids[1]', message },
        { path: 'ids[3]', message },
      ],
    });
    expect(await unread()).toBe(1);
    expect(await rendered({ ids: [visible, own] })).toHaveLength(2);
  });

  it('for actions that do not exist, with the service scope', async () => {
    const [id = ''] = await logged({});
    expect(await refused(rendered({ ids: [id, 'none'], user: 'bob' }, service))).toEqual({
      code: 'not_found',
      fields: [{ path: 'ids[1]', message: 'there is no such action' }],
    });
    expect(await unread()).toBe(1);
  });

  it('for deleted actions', async () => {
    const [id = ''] = await logged({});
    await hub.stores.actions.deleteMany([id], hub.clock.nextPosition(SPACE));
    expect(await refused(rendered({ ids: [id] }, service))).toMatchObject({ code: 'not_found' });
    expect((await refused(readActions(hub.deps, service, [id], () => 'id'))).code).toBe('not_found');
  });
});

describe('the input of rendering', () => {
  it.each([
    [{}, 'ids'],
    [{ ids: [] }, 'ids'],
    [{ ids: Array.from({ length: 101 }, () => 'a') }, 'ids'],
    [{ ids: ['a'], context: [] }, 'context'],
    [{ ids: ['a'], context: { long: 'x'.repeat(65_536) } }, 'context'],
    [{ ids: ['a'], context: { deep: nested(40) } }, 'context'],
    [{ ids: ['a'], force: 1 }, 'force'],
    [{ ids: ['a'], locale: '!' }, 'locale'],
    [{ ids: ['a'], user: '' }, 'user'],
    [{ ids: ['a'], unread: true }, undefined],
  ])('is refused if it is invalid: %#', (input, field) => {
    const { error } = renderInput.safeParse(input);
    expect(error?.issues[0]?.path[0]).toBe(field);
    expect(error).toBeDefined();
  });
});

function nested(depth: number): object {
  return depth === 0 ? {} : { in: nested(depth - 1) };
}
