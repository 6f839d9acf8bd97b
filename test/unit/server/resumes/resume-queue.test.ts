/** Clients that resume at the same time are read together. Each gets what it would get by itself. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Principal } from '../../../../core/access/principal.ts';
import { feedChanges } from '../../../../core/feed/read/changes.ts';
import type { StoredItem } from '../../../../core/model/entities.ts';
import { groupItems } from '../../../../core/model/item-groups.ts';
import { itemId } from '../../../../core/model/keys.ts';
import { formatComplete, formatPosition } from '../../../../core/model/positions.ts';
import type { Position } from '../../../../core/model/units.ts';
import type { FeedStore } from '../../../../core/ports/feeds.ts';
import type { Stores } from '../../../../core/ports/stores.ts';
import { createCallSignal } from '../../../../server/operations/call.ts';
import { ResumeQueue } from '../../../../server/resumes/resume-queue.ts';
import { MemoryHub, principal, SPACE } from '../../../support/memory/hub.ts';
import { actionOf } from '../../../support/model/fixtures.ts';
import { until } from '../../../support/until.ts';

/** A hub whose page slots are taken until `open` is called. `feeds` replaces methods of the feed stores. */
function setUp(replaced: (feeds: FeedStore) => Partial<FeedStore> = () => ({})) {
  const hub = new MemoryHub();
  const calls: string[] = [];
  const recorded = (feeds: FeedStore): FeedStore =>
    new Proxy(feeds, {
      get(target, name) {
        const own: unknown = Reflect.get(replaced(target), name);
        const member: unknown = own ?? Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          calls.push(String(name));
          return Reflect.apply(member, target, args);
        };
      },
    });
  const spaces = {
    reader: (space: string): Stores => {
      const stores = hub.spaces.reader(space);
      return { ...stores, feeds: recorded(stores.feeds) };
    },
    writer: (space: string) => hub.spaces.writer(space),
  };
  let [open, rejected, active] = [() => {}, 0, 0];
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let slotError: Error | null = null;
  let hasWaitingSessions = false;
  const resumes = new ResumeQueue({
    spaces,
    clock: hub.clock,
    async enterPage() {
      await opened;
      if (slotError) throw slotError;
      active += 1;
      return () => {
        active -= 1;
      };
    },
    hasWaitingSessions: () => hasWaitingSessions,
    onRejected: () => {
      rejected += 1;
    },
  });
  const deps = { ...hub.deps, spaces, resumes };
  return {
    hub,
    calls,
    resumes,
    open: () => open(),
    fail: (error: Error | null) => {
      slotError = error;
    },
    setWaitingSessions: (isTrue: boolean) => {
      hasWaitingSessions = isTrue;
    },
    rejected: () => rejected,
    activeSlots: () => active,
    together: (who: Principal, from: string) => feedChanges(deps, who, who.sub, { position: from }),
    alone: (who: Principal, from: string) => feedChanges(hub.deps, who, who.sub, { position: from }),
  };
}

const inSpace = (user: string, space: string): Principal => ({ ...principal(user), space });

/** Stores an action, and an item of it for each user. */
async function deliver(
  hub: MemoryHub,
  id: string,
  users: readonly string[],
  space = SPACE,
): Promise<Position> {
  hub.time.advance(1_000);
  const position = hub.clock.nextPosition(space);
  const { actions, feeds } = hub.spaces.reader(space);
  const action = actionOf(hub, id, { data: { in: space } });
  await actions.insertInOrder([action], position);
  const items = users.map(
    (user): StoredItem => ({
      id: itemId(id, user),
      user,
      action: id,
      at: action.timestamp,
      position,
      deliveredPosition: position,
      version: 1,
      unread: true,
      seen: false,
    }),
  );
  await feeds.insert(groupItems(items));
  return position;
}

const usersOf = (count: number) => Array.from({ length: count }, (_, n) => `user-${n}`);

describe('clients that wait', () => {
  test('are read together, and get the same as each by itself', async () => {
    const { hub, calls, resumes, open, together, alone } = setUp();
    const users = usersOf(20);
    const starts: string[] = [];
    for (const [n, user] of users.entries()) {
      await deliver(hub, `before-${n}`, [user]);
      hub.time.advance(60_000);
      starts.push(
        n % 2 === 0 ? formatComplete(await hub.clock.now(SPACE)) : formatPosition(await hub.clock.now(SPACE)),
      );
    }
    await deliver(hub, 'shared', users);
    await deliver(
      hub,
      'some',
      users.filter((_, n) => n % 3 === 0),
    );
    const { feeds } = hub.stores;
    await feeds.remove(
      [itemId('before-4', 'user-4'), itemId('shared', 'user-5')],
      await hub.clock.now(SPACE),
    );
    await feeds.forceResync(['user-6'], await hub.clock.now(SPACE));
    await hub.stores.actions.deleteMany(['some'], await hub.clock.now(SPACE));
    const expected = [];
    for (const [n, user] of users.entries()) expected.push(await alone(principal(user), starts[n] ?? ''));
    calls.length = 0;
    const responses = users.map((user, n) => together(principal(user), starts[n] ?? ''));
    open();
    expect(await Promise.all(responses)).toEqual(expected);
    expect(expected.some(({ reset }) => reset)).toBe(true);
    expect(expected.some(({ removed }) => removed.length > 0)).toBe(true);
    expect(calls).toEqual(['changesByUser', 'countsByUser', 'resyncBeforeByUser']);
    await until(() => resumes.size === 0);
  });

  test('of two spaces are never read together', async () => {
    const { hub, calls, open, together } = setUp();
    const users = usersOf(5);
    const start = formatPosition(await hub.clock.now(SPACE));
    for (const space of ['loud', 'quiet']) await deliver(hub, 'same-id', users, space);
    const responses = ['loud', 'quiet'].map((space) =>
      Promise.all(users.map((user) => together(inSpace(user, space), start))),
    );
    open();
    const [loud = [], quiet = []] = await Promise.all(responses);
    const contents = (all: typeof loud) => all.map(({ items }) => items.map(({ action }) => action.data.in));
    expect(contents(loud)).toEqual(users.map(() => ['loud']));
    expect(contents(quiet)).toEqual(users.map(() => ['quiet']));
    expect(calls.filter((name) => name === 'changesByUser')).toHaveLength(2);
  });

  test('with different positions each get their own changes, also two of one user', async () => {
    const { hub, open, together } = setUp();
    const positions = [];
    for (const id of ['a', 'b', 'c']) {
      positions.push(await deliver(hub, id, ['ada', 'ben']));
      // Beyond the overlap window.
      hub.time.advance(60_000);
    }
    const [first = 0, second = 0] = positions.map((position) => position + 31_000_000);
    const starts = [first, second].map((position) => String(position).padStart(16, '0'));
    const responses = [
      together(principal('ada'), starts[0] ?? ''),
      together(principal('ada'), starts[1] ?? ''),
      together(principal('ben'), starts[1] ?? ''),
    ];
    open();
    const ids = (await Promise.all(responses)).map(({ items }) => items.map(({ action }) => action.id));
    expect(ids).toEqual([['b', 'c'], ['c'], ['c']]);
  });

  test('get a position before everything that was written after the watermark', async () => {
    let written: Position | null = null;
    const { hub, open, together } = setUp((feeds) => ({
      async changesByUser(from, limit) {
        const found = await feeds.changesByUser(from, limit);
        written ??= await deliver(hub, 'late', ['user-0', 'user-1', 'user-2']);
        return found;
      },
    }));
    const start = formatPosition(await hub.clock.now(SPACE));
    const responses = usersOf(3).map((user) => together(principal(user), start));
    open();
    for (const { position, items } of await Promise.all(responses)) {
      expect(items).toEqual([]);
      expect(position < formatPosition(written ?? (await hub.clock.now(SPACE)))).toBe(true);
      expect((await together(principal('user-0'), position)).items).toHaveLength(1);
    }
  });

  test('for others that are about to resume are read with them, although a slot is free', async () => {
    const { hub, calls, open, setWaitingSessions, together } = setUp();
    open();
    const start = formatPosition(await hub.clock.now(SPACE));
    await together(principal('user-0'), start);
    expect(calls).toContain('changes');
    setWaitingSessions(true);
    calls.length = 0;
    const responses: Array<Promise<unknown>> = [];
    for (const user of usersOf(8)) {
      responses.push(together(principal(user), start));
      await nextTurn();
    }
    await Promise.all(responses);
    expect(calls).toEqual(['changesByUser', 'countsByUser', 'resyncBeforeByUser']);
  });

  test('with many changes are read in smaller batches, and miss none', async () => {
    const { hub, calls, open, together } = setUp();
    const users = usersOf(16);
    const start = formatPosition(await hub.clock.now(SPACE));
    for (let n = 0; n < 30; n += 1) await deliver(hub, `a${n}`, users);
    const responses = users.map((user) => together(principal(user), start));
    open();
    for (const { items, more } of await Promise.all(responses)) {
      expect(items).toHaveLength(30);
      expect(more).toBe(false);
    }
    expect(calls.filter((name) => name === 'changesByUser').length).toBeLessThan(16);
    expect(calls).not.toContain('changes');
  });
});

describe('if a batch cannot be read', () => {
  test('only the client whose own read fails gets an error', async () => {
    const { hub, activeSlots, resumes, open, together } = setUp((feeds) => ({
      changesByUser: () => Promise.reject(new Error('the batch failed')),
      changes: (user, ...rest) =>
        user === 'user-2' ? Promise.reject(new Error('no feed')) : feeds.changes(user, ...rest),
    }));
    const users = usersOf(6);
    const start = formatPosition(await hub.clock.now(SPACE));
    await deliver(hub, 'missed', users);
    const responses = users.map((user) => together(principal(user), start));
    open();
    const results = await Promise.allSettled(responses);
    expect(results.map(({ status }) => status)).toEqual(
      users.map((user) => (user === 'user-2' ? 'rejected' : 'fulfilled')),
    );
    await until(() => resumes.size === 0);
    expect(activeSlots()).toBe(0);
  });

  test('because there is no slot, those that waited are rejected, and later ones are served', async () => {
    const { hub, fail, open, together } = setUp();
    const start = formatPosition(await hub.clock.now(SPACE));
    fail(new Error('too many wait'));
    const responses = usersOf(3).map((user) => together(principal(user), start));
    open();
    for (const response of responses) await expect(response).rejects.toThrow('too many wait');
    fail(null);
    expect(await together(principal('user-0'), start)).toMatchObject({ reset: false });
  });
});

test('a client that disconnects is not served, but the others of its batch are', async () => {
  const { hub, open, resumes, together } = setUp();
  const start = formatPosition(await hub.clock.now(SPACE));
  const { signal, abort } = createCallSignal();
  const call = { signal, releaseSlot: () => {}, bytes: 10 };
  const others = usersOf(3).map((user) => together(principal(user), start));
  const leaving = together({ ...principal('leaving'), call }, start);
  abort();
  await expect(leaving).rejects.toBe(signal.reason);
  open();
  expect(await Promise.all(others)).toHaveLength(3);
  await expect(together({ ...principal('leaving'), call }, start)).rejects.toBe(signal.reason);
  await until(() => resumes.size === 0);
});

test('too many bytes of waiting calls are rejected', async () => {
  const { hub, open, rejected, together } = setUp();
  const start = formatPosition(await hub.clock.now(SPACE));
  const { signal } = createCallSignal();
  const call = { signal, releaseSlot: () => {}, bytes: 16 * 1_048_576 };
  const waiting = together({ ...principal('ada'), call }, start);
  await expect(together({ ...principal('ben'), call }, start)).rejects.toMatchObject({
    code: 'rate_limited',
  });
  expect(rejected()).toBe(1);
  open();
  await waiting;
});

test('a later page, and the call of a backend, are read by themselves', async () => {
  const { hub, calls, open, together } = setUp();
  const start = formatPosition(await hub.clock.now(SPACE));
  await deliver(hub, 'missed', ['ada', 'ben']);
  // A backend needs no slot.
  const backend = { ...principal('ada', ['service']) };
  expect((await together(backend, start)).items).toHaveLength(1);
  const later = together(principal('ada'), `${start}.${start}.a`);
  const other = together(principal('ben'), start);
  open();
  await Promise.all([later, other]);
  expect(calls).not.toContain('changesByUser');
});
