/** What the order of things, many candidates and bounds mean for combination and grouping, by example. */
import { describe, expect, it } from 'vitest';
import { mergedLimits } from '../../../core/grouping/fits.ts';
import { logActions } from '../../../core/log.ts';
import type { StoredAction } from '../../../core/model.ts';
import type { Handler } from '../../../core/settings.ts';
import type { Json } from '../../../protocol/entities.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { MemoryHub, type MemoryHubOptions, service } from '../../support/memory/hub.ts';

class Died extends Error {}

function hubWith(handlers: Handler[], settings: MemoryHubOptions['settings'] = {}): MemoryHub {
  return new MemoryHub({
    lanes: 1,
    settings: { ...settings, handlers: new Map(handlers.map((handler) => [handler.verb, handler])) },
  });
}

const log = (hub: MemoryHub, ...actions: object[]) =>
  logActions(hub.deps, service, {
    actions: batch.parse(actions.map((action) => ({ actor: 'user:ada', ...action }))),
    batch: true,
  });

const verbsAndData = (hub: MemoryHub): Array<[string, Record<string, Json>]> =>
  hub.stores.actions.all().map(({ verb, data }) => [verb, data]);

const old = (id: number, more: Partial<StoredAction>): StoredAction => ({
  id: `s${String(id).padStart(5, '0')}`,
  actor: { type: 'user', id: 'ada' },
  verb: 'played',
  targets: [],
  related: [],
  level: 30,
  data: {},
  timestamp: id,
  updatedAt: id,
  count: 1,
  notify: [],
  rev: id,
  ...more,
});

describe('an action combined into one that is combined on', () => {
  const handlers: Handler[] = [
    { verb: 'commented', combineWith: { closed: () => true } },
    { verb: 'closed', combineWith: { opened: () => true } },
  ];
  // The comment merges into the closing, which is the newer one, and both into the opening.
  const steps = [{ verb: 'opened' }, { verb: 'commented', x: 1, y: 1 }, { verb: 'closed', x: 2 }];

  it('brings what it held after that of the one it was combined into', async () => {
    const hub = hubWith(handlers);
    await log(hub, ...steps);
    await hub.work();
    expect(verbsAndData(hub)).toEqual([['opened', { x: 2, y: 1 }]]);
  });

  it('does so as well where the merging is left to another worker', async () => {
    const hub = hubWith(handlers);
    await log(hub, ...steps);
    const dying = hub.process(async (method) => {
      if (method === 'replace') throw new Died();
    });
    await expect(hub.work(dying)).rejects.toThrow(Died);
    expect(verbsAndData(hub)).toEqual([['opened', {}]]);
    await hub.work();
    expect(verbsAndData(hub)).toEqual([['opened', { x: 2, y: 1 }]]);
  });
});

describe('an action that others are grouped and combined with', () => {
  it('is changed once, also where its worker dies right after it', async () => {
    const hub = hubWith([{ verb: 'reviewed', combineWith: { opened: () => true } }]);
    const [first, grouped, combined] = await log(
      hub,
      { verb: 'opened', targets: 'page:1' },
      { verb: 'opened', targets: 'page:2' },
      { verb: 'reviewed', targets: 'page:1' },
    );
    const dying = hub.process(async (method) => {
      if (method === 'acknowledge') throw new Died();
    });
    await expect(hub.work(dying)).rejects.toThrow(Died);
    await hub.work();
    expect(hub.stores.actions.all().map(({ id, count }) => [id, count])).toEqual([[first, 3]]);
    const decisions = await hub.stores.actions.decisions([grouped ?? '', combined ?? '']);
    expect([...decisions.values()]).toMatchObject([
      { merged: { into: first, outcome: 'grouped' } },
      { merged: { into: first, outcome: 'combined' } },
    ]);
  });
});

describe('an older action that a newer one takes in', () => {
  const handlers: Handler[] = [
    { verb: 'drafted', combineWith: { published: (newer) => newer.level === 30 } },
  ];

  it('is dropped, and the search goes on to those before it', async () => {
    const hub = hubWith(handlers);
    const ids = await log(
      hub,
      { verb: 'drafted', a: 1, x: 1 },
      { verb: 'drafted', b: 1, x: 2, groupingDelay: -1 },
      { verb: 'published' },
    );
    await hub.work();
    expect(verbsAndData(hub)).toEqual([['published', { b: 1, x: 2, a: 1 }]]);
    expect(hub.stores.actions.all().map(({ id, count }) => [id, count])).toEqual([[ids[2], 3]]);
  });

  it('stays where the newer one has other targets than it, or its handler says no', async () => {
    const hub = hubWith(handlers);
    await log(
      hub,
      { verb: 'drafted', targets: 'page:1' },
      { verb: 'published', targets: 'page:2' },
      { verb: 'published', targets: 'page:1', level: 40 },
      { verb: 'published', targets: 'page:1', actor: 'user:bob' },
    );
    await hub.work();
    expect(hub.stores.actions.all().map(({ verb }) => verb)).toEqual(['drafted', 'published', 'published']);
  });
});

describe('among more candidates than are read at once', () => {
  const at = (time: number) => new Date(time).toISOString();

  it('the newest similar one is found', async () => {
    const hub = hubWith([]);
    const others = Array.from({ length: 1_200 }, (_, index) =>
      old(index + 1, {
        targets: [{ type: 'song', id: 'new' }],
        related: [{ type: 'album', id: `${index}` }],
      }),
    );
    await hub.stores.actions.insertInOrder(others, 1);
    const input = { verb: 'played', timestamp: at(5_000), groupingDelay: 10 };
    const [first] = await log(hub, { ...input, targets: 'song:new', related: 'album:0' });
    const [second] = await log(hub, { ...input, targets: 'song:new', related: 'album:x' });
    await log(hub, { ...input, targets: 'song:other', related: 'album:1' });
    await hub.work();
    const found = await hub.stores.actions.decisions([first ?? '', second ?? '']);
    // The first makes the newest grow, and it is that one still which the second meets first.
    expect([...found.values()].map((each) => each.kind === 'merged' && each.merged.into)).toEqual([
      's01200',
      's01200',
    ]);
    expect((await hub.stores.actions.byIds(['s00002'])).get('s00002')?.count).toBe(2);
    expect(hub.stores.actions.all()).toHaveLength(1_200);
  });

  it('a handler of its own is asked from the newest on, of the drain and of what is stored alike', async () => {
    const asked: string[] = [];
    const hub = hubWith([
      {
        verb: 'played',
        groupingDelay: 10,
        group: (_newer, older) => {
          asked.push(older.id);
          return older.data.wanted === true;
        },
      },
    ]);
    const others = Array.from({ length: 1_200 }, (_, index) =>
      old(index + 1, { data: { wanted: index === 99 } }),
    );
    await hub.stores.actions.insertInOrder(others, 1);
    const [between] = await log(hub, { verb: 'played', timestamp: at(600), groupingDelay: -1 });
    const [arriving] = await log(hub, { verb: 'played', timestamp: at(1_300) });
    await hub.work();
    const decision = (await hub.stores.actions.decisions([arriving ?? ''])).get(arriving ?? '');
    expect(decision).toMatchObject({ kind: 'merged', merged: { into: 's00100' } });
    expect(asked).toHaveLength(1_102);
    expect(asked.indexOf(between ?? '')).toBe(asked.indexOf('s00600') + 1);
  });
});

describe('an action that is as large as one may become', () => {
  it('takes in no more: what would join it is an action of its own, and the next to be joined', async () => {
    const hub = hubWith([], { groupingDelay: 60 });
    const refs = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `song:${from + index}`);
    const inputs = Array.from({ length: mergedLimits.refs / 500 + 2 }, (_, index) => ({
      verb: 'played',
      targets: refs(index * 500, 500),
    }));
    for (const input of inputs) await log(hub, input);
    await hub.work();
    const held = hub.stores.actions.all().map(({ targets, count }) => [targets.length, count]);
    expect(held).toEqual([
      [mergedLimits.refs, mergedLimits.refs / 500],
      [1_000, 2],
    ]);
  });

  it('is bounded in its text, too, so that it can always be stored', async () => {
    const hub = hubWith([], { groupingDelay: 60 });
    const size = 240 * 2_000;
    const shown = (from: number) =>
      Array.from({ length: 240 }, (_, index) => ({
        ...{ type: 'song', id: String(from + index) },
        image: 'i'.repeat(2_000),
      }));
    for (let count = 0; count < 5; count += 1)
      await log(hub, { verb: 'played', targets: shown(count * 240) });
    await hub.work();
    const together = Math.floor(mergedLimits.content / size);
    const held = hub.stores.actions.all().map(({ count }) => count);
    expect(held).toEqual([together, together, 5 - 2 * together]);
  });
});

describe('a drain in which much merges', () => {
  it('lets others have their turn', async () => {
    const hub = hubWith([]);
    const list = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ n: from + index }));
    const long = { verb: 'played', list: list(0, 3_000) };
    await log(
      hub,
      long,
      ...Array.from({ length: 150 }, (_, index) => ({ verb: 'played', list: list(-index, 1) })),
    );
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await hub.work();
    clearInterval(timer);
    expect(hub.stores.actions.all()).toHaveLength(1);
    expect(turns).toBeGreaterThan(2);
  });
});
