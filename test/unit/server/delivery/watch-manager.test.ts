import fc from 'fast-check';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { deleteObject } from '../../../../core/deletion/delete-object.ts';
import { recall } from '../../../../core/deletion/recall.ts';
import { processPartitions } from '../../../../core/fanout/process-partitions.ts';
import { keyOf } from '../../../../core/model/keys.ts';
import { asMillis } from '../../../../core/model/units.ts';
import type { Action, WatchResponse } from '../../../../protocol/entities.ts';
import { actionInput } from '../../../../protocol/schemas/action.ts';
import { watchInput } from '../../../../protocol/schemas/action-queries.ts';
import { deletionInput } from '../../../../protocol/schemas/deletion.ts';
import { SlowClients } from '../../../../server/delivery/slow-clients.ts';
import { WatchManager } from '../../../../server/delivery/watch-manager.ts';
import { Outboxes } from '../../../../server/sockets/outbox.ts';
import { FakeSocket } from '../../../support/fake-socket.ts';
import { MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';

const OBJECT = { type: 'issue', id: '1' };
const silent = pino({ level: 'silent' });

/** A gateway's watch manager on an in-memory hub. */
class Gateway {
  readonly hub: MemoryHub;
  readonly watchManager: WatchManager;

  constructor(hub: MemoryHub, deps = hub.deps) {
    this.hub = hub;
    this.watchManager = new WatchManager({
      ...deps,
      slowClients: new SlowClients(new Outboxes()),
      log: silent,
    });
    hub.bus.listen(({ space, message }) => {
      if (message.kind === 'actions') this.watchManager.publish(space, message);
    });
  }
}

/** A page that watches an object, following the rules of the protocol. */
class Page {
  readonly #gateway: Gateway;
  #socket: FakeSocket | null = null;
  #response: WatchResponse | null = null;
  #applied = 0;
  known = new Map<string, Action>();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  async connect(): Promise<void> {
    if (this.#socket) return;
    this.#socket = new FakeSocket(principal('ada'));
    this.#applied = 0;
    const position = this.#response?.position;
    const input = watchInput.parse({ object: OBJECT, limit: 100, position });
    this.#response = await this.#gateway.watchManager.start(this.#socket.asSocket, input);
    expect(this.#response.reset).toBeUndefined();
    for (const action of this.#response.items) this.known.set(action.id, action);
    this.apply();
    await new Promise((resolve) => setImmediate(resolve));
    this.apply();
  }

  disconnect(): void {
    if (!this.#socket) return;
    // The last push is lost.
    this.#socket.connected = false;
    this.#gateway.watchManager.removeSocket(this.#socket.asSocket);
    this.#socket = null;
  }

  apply(): void {
    const { pushed } = this.#socket ?? { pushed: [] };
    for (; this.#applied < pushed.length; this.#applied += 1) {
      const each = pushed[this.#applied];
      if (each?.event === 'watch:action') this.known.set(each.push.action.id, each.push.action);
      else if (each?.event === 'watch:removed') for (const id of each.push.ids) this.known.delete(id);
      else throw new Error(`${each?.event} was pushed`);
    }
  }
}

type Step =
  | { do: 'log'; verb: string; targets: string[]; level: number; delay: number; hidden: boolean }
  | { do: 'work' | 'connect' | 'disconnect' }
  | { do: 'wait'; seconds: number }
  | { do: 'recall'; nth: number }
  | { do: 'delete'; object: string; actions: 'keep' | 'delete' };

const object = fc.constantFrom('issue:1', 'issue:2', 'project:p1');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('log' as const),
      verb: fc.constantFrom('opened', 'closed'),
      targets: fc.uniqueArray(object, { minLength: 1, maxLength: 2 }),
      level: fc.constantFrom(20, 30),
      delay: fc.constantFrom(-1, 0, 1_000),
      hidden: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('work' as const, 'connect' as const, 'disconnect' as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 40) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recall' as const), nth: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      object: fc.constantFrom('issue:2', 'project:p1'),
      actions: fc.constantFrom('keep' as const, 'delete' as const),
    }),
  },
);

async function log(hub: MemoryHub, input: Record<string, unknown>): Promise<string> {
  const action = actionInput.parse({ actor: 'user:bob', verb: 'opened', groupingDelay: -1, ...input });
  const [id = ''] = await acceptActions(hub.deps, service, { batch: false, actions: [action] });
  return id;
}

async function applyStep(hub: MemoryHub, page: Page, each: Step): Promise<void> {
  switch (each.do) {
    case 'log': {
      const { verb, targets, level, delay, hidden } = each;
      await log(hub, { verb, targets, level, groupingDelay: delay, hidden });
      break;
    }
    case 'work':
      await hub.work();
      break;
    case 'wait':
      hub.time.advance(each.seconds * 1_000);
      break;
    case 'connect':
      await page.connect();
      break;
    case 'disconnect':
      page.disconnect();
      break;
    case 'recall': {
      const storedActions = hub.stores.actions.all();
      const action = storedActions[each.nth % storedActions.length];
      if (action) await recall(hub.deps, service, action.id);
      break;
    }
    case 'delete': {
      const [type = '', id = ''] = each.object.split(':');
      await deleteObject(hub.deps, service, { type, id }, deletionInput.parse({ actions: each.actions }));
    }
  }
  await new Promise((resolve) => setImmediate(resolve));
  page.apply();
}

/** What a fresh watch would show, derived from the stored actions. */
function expected(hub: MemoryHub): unknown[] {
  return hub.stores.actions
    .all()
    .filter((action) => action.level >= 30 && action.data.hidden !== true)
    .filter((action) => action.targets.some((target) => keyOf(target) === 'issue:1'))
    .map(({ id, count, targets }) => ({ id, count, targets }))
    .sort((left, right) => (left.id < right.id ? -1 : 1));
}

describe('a page that watches', () => {
  it.each([
    ['with a filter of the application', true],
    ['without', false],
  ])('shows what a fresh watch would, whatever it missed: %s', async (_, filters) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 50 }), async (steps) => {
        const visible = async (action: { data: Record<string, unknown> }, users: readonly string[]) =>
          action.data.hidden === true ? [] : users;
        const hub = new MemoryHub({ settings: filters ? { visible } : {}, partitions: 2 });
        const page = new Page(new Gateway(hub));
        for (const each of steps) {
          await applyStep(hub, page, filters || each.do !== 'log' ? each : { ...each, hidden: false });
        }
        await page.connect();
        await hub.work();
        await new Promise((resolve) => setImmediate(resolve));
        page.apply();
        const shown = [...page.known.values()]
          .map(({ id, count, targets }) => ({ id, count, targets }))
          .sort((left, right) => (left.id < right.id ? -1 : 1));
        expect(shown).toEqual(expected(hub));
      }),
      { numRuns: 500 },
    );
  });

  let hub: MemoryHub;
  let gateway: Gateway;
  beforeEach(() => {
    hub = new MemoryHub();
    gateway = new Gateway(hub);
  });
  const start = (socket: FakeSocket, input: Record<string, unknown> = {}) =>
    gateway.watchManager.start(socket.asSocket, watchInput.parse({ object: OBJECT, ...input }));
  const nextTick = () => new Promise((resolve) => setImmediate(resolve));

  it('gets changes and removals after it was offline', async () => {
    const ids = [];
    for (const targets of ['issue:1', ['issue:1', 'issue:2'], ['issue:1', 'issue:3']]) {
      ids.push(await log(hub, { targets }));
    }
    await hub.work();
    // Recent changes are repeated.
    hub.time.advance(60_000);
    const { position } = await start(new FakeSocket(principal('ada')));
    hub.time.advance(60_000);
    const [, changed, removedId = ''] = ids;
    await log(hub, { targets: ['issue:1', 'issue:2'], related: 'project:p1', groupingDelay: 1_000 });
    await recall(hub.deps, service, removedId);
    await hub.work();
    const socket = new FakeSocket(principal('ada'));
    const { watch, items } = await start(socket, { position });
    expect(items.map(({ id, count }) => [id, count])).toEqual([[changed, 2]]);
    await nextTick();
    expect(socket.pushed).toEqual([{ event: 'watch:removed', push: { watch, ids: [removedId] } }]);
  });

  it('misses nothing that was stored slowly', async () => {
    await log(hub, { targets: 'issue:1' });
    const socket = new FakeSocket(principal('ada'));
    let position = '';
    const slow = hub.process(async (method) => {
      if (method !== 'insertInOrder') return;
      // The write's position is assigned. More time passes than the overlap window.
      hub.time.advance(31_000);
      ({ position } = await start(socket));
      hub.time.advance(31_000);
    });
    const [partition = 0] = hub.queue.busyPartitions(SPACE);
    await processPartitions(slow, SPACE, [partition]);
    gateway.watchManager.removeSocket(socket.asSocket);
    expect((await start(socket, { position })).items).toHaveLength(1);
  });

  /** Runs a hook while the response is read. */
  function duringRead(hook: () => Promise<void> | void): void {
    gateway = new Gateway(
      hub,
      hub.process(async (method) => {
        if (method === 'find') await hook();
      }),
    );
  }

  it('gets the response first, then the pushes that came meanwhile', async () => {
    duringRead(async () => {
      await log(hub, { targets: 'issue:1' });
      await hub.work();
    });
    const socket = new FakeSocket(principal('ada'));
    const response = await start(socket);
    expect([response.items.length, socket.pushed.length]).toEqual([1, 0]);
    await nextTick();
    expect(socket.pushed).toMatchObject([{ event: 'watch:action', push: { watch: response.watch } }]);
  });

  it('gets a stale event if too many pushes came meanwhile', async () => {
    const action = { actor: null, verb: 'v', targets: [OBJECT], related: [], level: 30, data: {} };
    const times = { timestamp: asMillis(0), updatedAt: asMillis(0), count: 1, notify: [], version: 1 };
    const actions = Array.from({ length: 1_001 }, (_, n) => ({ id: `x${n}`, ...action, ...times }));
    duringRead(() => gateway.watchManager.publish(SPACE, { actions, removed: [] }));
    const socket = new FakeSocket(principal('ada'));
    await start(socket);
    await nextTick();
    const pushed = socket.pushed.filter(({ event }) => event === 'watch:action');
    expect(pushed).toHaveLength(1_000);
    expect(socket.pushed.at(-1)).toEqual({ event: 'feed:stale', push: {} });
  });

  it('keeps nothing that was removed while its response was read', async () => {
    const socket = new FakeSocket(principal('ada'));
    const starting = start(socket);
    socket.connected = false;
    gateway.watchManager.removeSocket(socket.asSocket);
    await starting;
    await nextTick();
    await log(hub, { targets: 'issue:1' });
    await hub.work();
    expect(socket.pushed).toEqual([]);
  });
});

it('a slow filter keeps the order of changes of one action, and bounds the queue', async () => {
  const pendingFilters: Array<() => void> = [];
  const hub = new MemoryHub({
    settings: {
      visible: async (_action, users) => {
        await new Promise<void>((resolve) => pendingFilters.push(resolve));
        return users;
      },
    },
  });
  const { watchManager } = new Gateway(hub);
  const socket = new FakeSocket(principal('ada'));
  await watchManager.start(socket.asSocket, watchInput.parse({ object: OBJECT }));
  await new Promise((resolve) => setImmediate(resolve));
  const action = { id: 'x', actor: null, verb: 'v', targets: [OBJECT], related: [], level: 30, data: {} };
  const change = (count: number) => {
    const stored = {
      ...action,
      timestamp: asMillis(0),
      updatedAt: asMillis(0),
      count,
      notify: [],
      version: count,
    };
    watchManager.publish(SPACE, { actions: [stored], removed: [] });
  };
  for (let count = 1; count <= 150; count += 1) change(count);
  for (let turn = 0; turn < 150; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    pendingFilters.shift()?.();
  }
  await new Promise((resolve) => setImmediate(resolve));
  const counts = socket.pushed.flatMap((each) =>
    each.event === 'watch:action' ? [each.push.action.count] : [],
  );
  expect(counts).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  expect(socket.pushed.at(-1)?.event).toBe('feed:stale');
});
