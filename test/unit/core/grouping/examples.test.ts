/** Examples of combining and grouping: order, many candidates, and merge limits. */
import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { mergeLimits } from '../../../../core/grouping/merge-limits.ts';
import type { StoredAction } from '../../../../core/model/entities.ts';
import { asMillis, asPosition } from '../../../../core/model/units.ts';
import type { Handler } from '../../../../core/settings.ts';
import type { Json } from '../../../../protocol/entities.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { MemoryHub, type MemoryHubOptions, service } from '../../../support/memory/hub.ts';

class SimulatedCrash extends Error {}

function hubWith(handlers: Handler[], settings: MemoryHubOptions['settings'] = {}): MemoryHub {
  return new MemoryHub({
    partitions: 1,
    settings: { ...settings, handlers: new Map(handlers.map((handler) => [handler.verb, handler])) },
  });
}

const log = (hub: MemoryHub, ...actions: object[]) =>
  acceptActions(hub.deps, service, {
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
  timestamp: asMillis(id),
  updatedAt: asMillis(id),
  count: 1,
  notify: [],
  version: id,
  ...more,
});

describe('an action combined into one that is combined again', () => {
  const handlers: Handler[] = [
    { verb: 'commented', combineWith: { closed: () => true } },
    { verb: 'closed', combineWith: { opened: () => true } },
  ];
  // The comment merges into the newer closing, and both merge into the opening.
  const steps = [{ verb: 'opened' }, { verb: 'commented', x: 1, y: 1 }, { verb: 'closed', x: 2 }];

  it('adds its data after that of the action it was combined into', async () => {
    const hub = hubWith(handlers);
    await log(hub, ...steps);
    await hub.work();
    expect(verbsAndData(hub)).toEqual([['opened', { x: 2, y: 1 }]]);
  });

  it('adds its data in that order even if another worker merges it', async () => {
    const hub = hubWith(handlers);
    await log(hub, ...steps);
    const crashingWorker = hub.process(async (method) => {
      if (method === 'replace') throw new SimulatedCrash();
    });
    await expect(hub.work(crashingWorker)).rejects.toThrow(SimulatedCrash);
    expect(verbsAndData(hub)).toEqual([['opened', {}]]);
    await hub.work();
    expect(verbsAndData(hub)).toEqual([['opened', { x: 2, y: 1 }]]);
  });
});

describe('the body of merged actions', () => {
  // The last action is combined into the first of its batch, before the second joins the same group.
  const target = { targets: 'song:1' };
  const steps = [
    { verb: 'played', body: 'first', ...target },
    { verb: 'played', body: 'second' },
    { verb: 'liked', body: 'last', ...target },
  ];
  const hubWithGroup = async () => {
    const hub = hubWith([{ verb: 'liked', combineWith: { played: () => true } }], { groupingDelay: 60 });
    await log(hub, { verb: 'played', body: 'stored' });
    await hub.work();
    await log(hub, ...steps);
    return hub;
  };
  const bodies = (hub: MemoryHub) => hub.stores.actions.all().map(({ count, body }) => [count, body]);

  it('is that of the action that was accepted last, whatever the order of the merges', async () => {
    const hub = await hubWithGroup();
    await hub.work();
    expect(bodies(hub)).toEqual([[4, 'last']]);
  });

  it('is the same if another worker merges them', async () => {
    const hub = await hubWithGroup();
    const crashingWorker = hub.process(async (method) => {
      if (method === 'replace') throw new SimulatedCrash();
    });
    await expect(hub.work(crashingWorker)).rejects.toThrow(SimulatedCrash);
    expect(bodies(hub)).toEqual([[1, 'stored']]);
    await hub.work();
    expect(bodies(hub)).toEqual([[4, 'last']]);
  });
});

describe('an action that others are grouped and combined with', () => {
  it('is changed once, even if its worker crashes right afterwards', async () => {
    const hub = hubWith([{ verb: 'reviewed', combineWith: { opened: () => true } }]);
    const [first, grouped, combined] = await log(
      hub,
      { verb: 'opened', targets: 'page:1' },
      { verb: 'opened', targets: 'page:2' },
      { verb: 'reviewed', targets: 'page:1' },
    );
    const crashingWorker = hub.process(async (method) => {
      if (method === 'acknowledge') throw new SimulatedCrash();
    });
    await expect(hub.work(crashingWorker)).rejects.toThrow(SimulatedCrash);
    await hub.work();
    expect(hub.stores.actions.all().map(({ id, count }) => [id, count])).toEqual([[first, 3]]);
    const resolutions = await hub.stores.actions.resolutions([grouped ?? '', combined ?? '']);
    expect([...resolutions.values()]).toMatchObject([
      { merged: { into: first, outcome: 'grouped' } },
      { merged: { into: first, outcome: 'combined' } },
    ]);
  });
});

describe('an older action that a newer one absorbs', () => {
  const handlers: Handler[] = [
    { verb: 'drafted', combineWith: { published: (newer) => newer.level === 30 } },
  ];

  it('is dropped, and the search continues with the ones before it', async () => {
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

  it('stays if its targets differ, or if the handler returns false', async () => {
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

  it('the newest similar action is found', async () => {
    const hub = hubWith([]);
    const others = Array.from({ length: 1_200 }, (_, index) =>
      old(index + 1, {
        targets: [{ type: 'song', id: 'new' }],
        related: [{ type: 'album', id: `${index}` }],
      }),
    );
    await hub.stores.actions.insertInOrder(others, asPosition(1));
    const input = { verb: 'played', timestamp: at(5_000), groupingDelay: 10 };
    const [first] = await log(hub, { ...input, targets: 'song:new', related: 'album:0' });
    const [second] = await log(hub, { ...input, targets: 'song:new', related: 'album:x' });
    await log(hub, { ...input, targets: 'song:other', related: 'album:1' });
    await hub.work();
    const found = await hub.stores.actions.resolutions([first ?? '', second ?? '']);
    // The first action merges into the newest candidate. The second must meet the same candidate first.
    expect([...found.values()].map((each) => each.kind === 'merged' && each.merged.into)).toEqual([
      's01200',
      's01200',
    ]);
    expect((await hub.stores.actions.byIds(['s00002'])).get('s00002')?.count).toBe(2);
    expect(hub.stores.actions.all()).toHaveLength(1_200);
  });

  it('a custom handler is called from the newest on, for batch and stored actions alike', async () => {
    const handlerCalls: string[] = [];
    const hub = hubWith([
      {
        verb: 'played',
        groupingDelay: 10,
        group: (_newer, older) => {
          handlerCalls.push(older.id);
          return older.data.wanted === true;
        },
      },
    ]);
    const others = Array.from({ length: 1_200 }, (_, index) =>
      old(index + 1, { data: { wanted: index === 99 } }),
    );
    await hub.stores.actions.insertInOrder(others, asPosition(1));
    const [between] = await log(hub, { verb: 'played', timestamp: at(600), groupingDelay: -1 });
    const [incoming] = await log(hub, { verb: 'played', timestamp: at(1_300) });
    await hub.work();
    const resolution = (await hub.stores.actions.resolutions([incoming ?? ''])).get(incoming ?? '');
    expect(resolution).toMatchObject({ kind: 'merged', merged: { into: 's00100' } });
    expect(handlerCalls).toHaveLength(1_102);
    expect(handlerCalls.indexOf(between ?? '')).toBe(handlerCalls.indexOf('s00600') + 1);
  });
});

describe('an action at the merge limits', () => {
  it('absorbs no more: the next one starts a new group', async () => {
    const hub = hubWith([], { groupingDelay: 60 });
    const refs = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `song:${from + index}`);
    const inputs = Array.from({ length: mergeLimits.refs / 500 + 2 }, (_, index) => ({
      verb: 'played',
      targets: refs(index * 500, 500),
    }));
    for (const input of inputs) await log(hub, input);
    await hub.work();
    const storedCounts = hub.stores.actions.all().map(({ targets, count }) => [targets.length, count]);
    expect(storedCounts).toEqual([
      [mergeLimits.refs, mergeLimits.refs / 500],
      [1_000, 2],
    ]);
  });

  it('is bounded in its text, so that it can always be stored', async () => {
    const hub = hubWith([], { groupingDelay: 60 });
    const size = 240 * 2_000;
    const displayText = (from: number) =>
      Array.from({ length: 240 }, (_, index) => ({
        ...{ type: 'song', id: String(from + index) },
        image: 'i'.repeat(2_000),
      }));
    for (let count = 0; count < 5; count += 1)
      await log(hub, { verb: 'played', targets: displayText(count * 240) });
    await hub.work();
    const together = Math.floor(mergeLimits.content / size);
    const storedCounts = hub.stores.actions.all().map(({ count }) => count);
    expect(storedCounts).toEqual([together, together, 5 - 2 * together]);
  });
});

describe('a batch with many merges', () => {
  it('yields to the event loop', async () => {
    const hub = hubWith([]);
    const list = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ n: from + index }));
    const long = { verb: 'played', list: list(0, 3_000) };
    await log(
      hub,
      long,
      ...Array.from({ length: 150 }, (_, index) => ({ verb: 'played', list: list(-index, 1) })),
    );
    let timerRuns = 0;
    const timer = setInterval(() => {
      timerRuns += 1;
    }, 1);
    await hub.work();
    clearInterval(timer);
    expect(hub.stores.actions.all()).toHaveLength(1);
    expect(timerRuns).toBeGreaterThan(2);
  });
});
