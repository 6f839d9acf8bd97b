import fc from 'fast-check';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { deleteObject } from '../../../core/deletion/delete-object.ts';
import { drainLane } from '../../../core/ingest.ts';
import { keyOf } from '../../../core/keys.ts';
import { logActions } from '../../../core/log.ts';
import { recall } from '../../../core/recall.ts';
import type { Action, WatchAnswer } from '../../../protocol/entities.ts';
import { watchInput } from '../../../protocol/schemas/accessors.ts';
import { actionInput } from '../../../protocol/schemas/action.ts';
import { deletionInput } from '../../../protocol/schemas/deletion.ts';
import { SlowClients } from '../../../server/delivery/slow.ts';
import { Watching } from '../../../server/delivery/watching.ts';
import { Outboxes } from '../../../server/sockets/outbox.ts';
import { FakeSocket } from '../../support/fake-socket.ts';
import { MemoryHub, principal, SPACE, service } from '../../support/memory/hub.ts';

const OBJECT = { type: 'issue', id: '1' };
const silent = pino({ level: 'silent' });

/** A gateway's watches on a hub in memory. */
class Gateway {
  readonly hub: MemoryHub;
  readonly watching: Watching;

  constructor(hub: MemoryHub, deps = hub.deps) {
    this.hub = hub;
    this.watching = new Watching({ ...deps, slow: new SlowClients(new Outboxes()), log: silent });
    hub.bus.listen(({ space, message }) => {
      if (message.kind === 'actions') this.watching.take(space, message);
    });
  }
}

/** A page that watches, as the rules of the protocol say. */
class Page {
  readonly #gateway: Gateway;
  #socket: FakeSocket | null = null;
  #answer: WatchAnswer | null = null;
  #applied = 0;
  known = new Map<string, Action>();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  async connect(): Promise<void> {
    if (this.#socket) return;
    this.#socket = new FakeSocket(principal('ada'));
    this.#applied = 0;
    const position = this.#answer?.position;
    const input = watchInput.parse({ object: OBJECT, limit: 100, position });
    this.#answer = await this.#gateway.watching.start(this.#socket.asSocket, input);
    expect(this.#answer.reset).toBeUndefined();
    for (const action of this.#answer.items) this.known.set(action.id, action);
    this.apply();
    await new Promise((resolve) => setImmediate(resolve));
    this.apply();
  }

  disconnect(): void {
    if (!this.#socket) return;
    // What was pushed last is lost on the way.
    this.#socket.connected = false;
    this.#gateway.watching.leave(this.#socket.asSocket);
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
  const [id = ''] = await logActions(hub.deps, service, { batch: false, actions: [action] });
  return id;
}

async function take(hub: MemoryHub, page: Page, each: Step): Promise<void> {
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
      const there = hub.stores.actions.all();
      const action = there[each.nth % there.length];
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

/** What a fresh watch would show, by the contract's words. */
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
        const hub = new MemoryHub({ settings: filters ? { visible } : {}, lanes: 2 });
        const page = new Page(new Gateway(hub));
        for (const each of steps) {
          await take(hub, page, filters || each.do !== 'log' ? each : { ...each, hidden: false });
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
    gateway.watching.start(socket.asSocket, watchInput.parse({ object: OBJECT, ...input }));
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('is told after a while away what changed, and what went', async () => {
    const ids = [];
    for (const targets of ['issue:1', ['issue:1', 'issue:2'], ['issue:1', 'issue:3']]) {
      ids.push(await log(hub, { targets }));
    }
    await hub.work();
    // What came shortly before is repeated.
    hub.time.advance(60_000);
    const { position } = await start(new FakeSocket(principal('ada')));
    hub.time.advance(60_000);
    const [, changed, gone = ''] = ids;
    await log(hub, { targets: ['issue:1', 'issue:2'], related: 'project:p1', groupingDelay: 1_000 });
    await recall(hub.deps, service, gone);
    await hub.work();
    const socket = new FakeSocket(principal('ada'));
    const { watch, items } = await start(socket, { position });
    expect(items.map(({ id, count }) => [id, count])).toEqual([[changed, 2]]);
    await settled();
    expect(socket.pushed).toEqual([{ event: 'watch:removed', push: { watch, ids: [gone] } }]);
  });

  it('misses nothing that was stored slowly', async () => {
    await log(hub, { targets: 'issue:1' });
    const socket = new FakeSocket(principal('ada'));
    let position = '';
    const slow = hub.process(async (method) => {
      if (method !== 'insertInOrder') return;
      // The position under which it is going to be stored is taken; longer than anyone looks back passes.
      hub.time.advance(31_000);
      ({ position } = await start(socket));
      hub.time.advance(31_000);
    });
    const [lane = 0] = hub.queue.busy(SPACE);
    await drainLane(slow, SPACE, lane);
    gateway.watching.leave(socket.asSocket);
    expect((await start(socket, { position })).items).toHaveLength(1);
  });

  /** While the answer is read. */
  function meanwhile(happens: () => Promise<void> | void): void {
    gateway = new Gateway(
      hub,
      hub.process(async (method) => {
        if (method === 'find') await happens();
      }),
    );
  }

  it('is told first what the answer says, then what came meanwhile', async () => {
    meanwhile(async () => {
      await log(hub, { targets: 'issue:1' });
      await hub.work();
    });
    const socket = new FakeSocket(principal('ada'));
    const answer = await start(socket);
    expect([answer.items.length, socket.pushed.length]).toEqual([1, 0]);
    await settled();
    expect(socket.pushed).toMatchObject([{ event: 'watch:action', push: { watch: answer.watch } }]);
  });

  it('is told to watch again where too much came meanwhile', async () => {
    const action = { actor: null, verb: 'v', targets: [OBJECT], related: [], level: 30, data: {} };
    const times = { timestamp: 0, updatedAt: 0, count: 1, notify: [], rev: 1 };
    const actions = Array.from({ length: 1_001 }, (_, n) => ({ id: `x${n}`, ...action, ...times }));
    meanwhile(() => gateway.watching.take(SPACE, { actions, removed: [] }));
    const socket = new FakeSocket(principal('ada'));
    await start(socket);
    await settled();
    const pushed = socket.pushed.filter(({ event }) => event === 'watch:action');
    expect(pushed).toHaveLength(1_000);
    expect(socket.pushed.at(-1)).toEqual({ event: 'feed:stale', push: {} });
  });

  it('leaves nothing behind that went while its answer was read', async () => {
    const socket = new FakeSocket(principal('ada'));
    const starting = start(socket);
    socket.connected = false;
    gateway.watching.leave(socket.asSocket);
    await starting;
    await settled();
    await log(hub, { targets: 'issue:1' });
    await hub.work();
    expect(socket.pushed).toEqual([]);
  });
});

it('a slow filter keeps changes of one action in their order, and lets nothing wait without bound', async () => {
  const waiting: Array<() => void> = [];
  const hub = new MemoryHub({
    settings: {
      visible: async (_action, users) => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return users;
      },
    },
  });
  const { watching } = new Gateway(hub);
  const socket = new FakeSocket(principal('ada'));
  await watching.start(socket.asSocket, watchInput.parse({ object: OBJECT }));
  await new Promise((resolve) => setImmediate(resolve));
  const action = { id: 'x', actor: null, verb: 'v', targets: [OBJECT], related: [], level: 30, data: {} };
  const change = (count: number) => {
    const stored = { ...action, timestamp: 0, updatedAt: 0, count, notify: [], rev: count };
    watching.take(SPACE, { actions: [stored], removed: [] });
  };
  for (let count = 1; count <= 150; count += 1) change(count);
  for (let turn = 0; turn < 150; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    waiting.shift()?.();
  }
  await new Promise((resolve) => setImmediate(resolve));
  const counts = socket.pushed.flatMap((each) =>
    each.event === 'watch:action' ? [each.push.action.count] : [],
  );
  expect(counts).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  expect(socket.pushed.at(-1)?.event).toBe('feed:stale');
});
