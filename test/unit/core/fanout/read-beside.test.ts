/** Calls that come between the reads of a fan-out and the storing of its actions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { deleteObject } from '../../../../core/deletion/delete-object.ts';
import { track } from '../../../../core/trackers/track.ts';
import { untrack } from '../../../../core/trackers/untrack.ts';
import type { Ref } from '../../../../protocol/entities.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { trackInput, untrackInput } from '../../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, service } from '../../../support/memory/hub.ts';
import { Client } from '../../../support/model/client.ts';
import { expectConverged } from '../../../support/model/expect-converged.ts';

const action = { actor: 'user:bob', verb: 'opened', targets: 'issue:7', related: 'project:p1' };

const log = (hub: MemoryHub, more: object = {}) =>
  acceptActions(hub.deps, service, { actions: batch.parse([{ ...action, ...more }]), batch: true });
const follow = (deps: Deps, user: string) =>
  track(deps, principal(user), [
    { user, input: trackInput.parse({ to: 'project:p1', actorOnly: false }), pathPrefix: '' },
  ]);
/** Also runs the task that completes the deletion. */
async function deleteCompletely(hub: MemoryHub, object: Ref, actions: 'keep' | 'delete'): Promise<void> {
  await deleteObject(hub.deps, service, object, { actions });
  await hub.runNextTask();
}
const recipients = (hub: MemoryHub) =>
  hub.stores.feeds
    .all()
    .map((item) => item.user)
    .sort();

/** Processes the partition, and makes a call after the reads and before the actions are stored. */
async function workWith(hub: MemoryHub, call: () => Promise<unknown>): Promise<string[]> {
  const reads: string[] = [];
  let isCalled = false;
  const deps = hub.process(async (method) => {
    if (method === 'findByKeys' || method === 'deleted') reads.push(method);
    if (method !== 'insertInOrder' || isCalled) return;
    isCalled = true;
    expect(reads).toContain('findByKeys');
    await call();
  });
  await hub.work(deps);
  expect(isCalled).toBe(true);
  return reads;
}

describe('while the actions of a batch are stored', () => {
  it('a user who starts tracking gets them', async () => {
    const hub = new MemoryHub();
    await follow(hub.deps, 'ada');
    await log(hub);
    await workWith(hub, () => follow(hub.deps, 'cy'));
    expect(recipients(hub)).toEqual(['ada', 'cy']);
  });

  it('an object that is deleted takes them along', async () => {
    const hub = new MemoryHub();
    await follow(hub.deps, 'ada');
    await log(hub);
    const object = { type: 'issue', id: '7' };
    await workWith(hub, () => deleteCompletely(hub, object, 'delete'));
    expect(recipients(hub)).toEqual([]);
    expect(hub.stores.actions.all()).toEqual([]);
  });

  it('an object that is deleted leaves a tombstone in them', async () => {
    const hub = new MemoryHub();
    await log(hub);
    const object = { type: 'issue', id: '7' };
    await workWith(hub, () => deleteCompletely(hub, object, 'keep'));
    expect(hub.stores.actions.all()).toMatchObject([{ targets: [{ id: '7', deleted: true }] }]);
  });

  it('a user who is deleted is not notified', async () => {
    const hub = new MemoryHub();
    await log(hub, { notify: ['ada', 'cy'] });
    const object = { type: 'user', id: 'ada' };
    await workWith(hub, () => deleteCompletely(hub, object, 'keep'));
    await hub.work();
    expect(recipients(hub)).toEqual(['cy']);
  });

  it('an action that merges into an older one reaches those who follow only the older one', async () => {
    const hub = new MemoryHub({ settings: { groupingDelay: 60 } });
    await follow(hub.deps, 'ada');
    await log(hub);
    await hub.work();
    const before = hub.stores.feeds.all();
    await log(hub, { related: [] });
    await hub.work();
    expect(hub.stores.actions.all()).toMatchObject([{ count: 2 }]);
    expect(hub.stores.feeds.all()).not.toEqual(before);
  });

  it('the time is not queried', async () => {
    const hub = new MemoryHub();
    await log(hub);
    const calls: string[] = [];
    await hub.work(hub.process(async (method) => void calls.push(method)));
    expect(calls).toContain('insertInOrder');
    expect(calls).not.toContain('now');
  });

  it('nothing is read twice if nothing changes', async () => {
    const hub = new MemoryHub();
    await follow(hub.deps, 'ada');
    await log(hub);
    expect(await workWith(hub, async () => undefined)).toEqual(['findByKeys', 'deleted']);
  });
});

describe('what a worker read for an earlier action', () => {
  const untracked = (hub: MemoryHub, user: string) =>
    untrack(hub.deps, principal(user), user, untrackInput.parse({ from: 'project:p1' }));

  /** A worker that has processed an action, and the number of its reads since then. */
  async function workedBefore(): Promise<{ hub: MemoryHub; next: (more?: object) => Promise<string[]> }> {
    const hub = new MemoryHub();
    await follow(hub.deps, 'ada');
    await follow(hub.deps, 'cy');
    let reads: string[] = [];
    const deps = hub.process(async (method) => {
      if (method === 'findByKeys' || method === 'deleted') reads.push(method);
    });
    const next = async (more: object = {}) => {
      reads = [];
      await log(hub, more);
      await hub.work(deps);
      return reads;
    };
    await next();
    return { hub, next };
  }
  const newest = (hub: MemoryHub) => {
    const last = hub.stores.actions.all().at(-1);
    return hub.stores.feeds
      .all()
      .flatMap(({ action, user }) => (action === last?.id ? user : []))
      .sort();
  };

  it('serves the next one without reading', async () => {
    const { hub, next } = await workedBefore();
    expect(await next()).toEqual([]);
    expect(await next()).toEqual([]);
    expect(newest(hub)).toEqual(['ada', 'cy']);
  });

  it('does not hide a new follower', async () => {
    const { hub, next } = await workedBefore();
    await follow(hub.deps, 'dan');
    expect(await next()).toContain('findByKeys');
    expect(newest(hub)).toEqual(['ada', 'cy', 'dan']);
    await next();
    expect(await next()).toEqual([]);
  });

  it('does not keep a follower who left', async () => {
    const { hub, next } = await workedBefore();
    await untracked(hub, 'cy');
    await next();
    expect(newest(hub)).toEqual(['ada']);
  });

  it('does not hide the deletion of an object', async () => {
    const { hub, next } = await workedBefore();
    await deleteCompletely(hub, { type: 'issue', id: '7' }, 'keep');
    await next();
    expect(hub.stores.actions.all().at(-1)).toMatchObject({ targets: [{ id: '7', deleted: true }] });
  });

  it('does not keep the trackers of a deleted object', async () => {
    const { hub, next } = await workedBefore();
    await deleteCompletely(hub, { type: 'project', id: 'p1' }, 'delete');
    // The later ones do not meet the invalidation of the deletion itself any more.
    for (let round = 0; round < 3; round += 1) await next();
    expect(newest(hub)).toEqual([]);
  });

  it('does not keep a deleted user', async () => {
    const { hub, next } = await workedBefore();
    await deleteCompletely(hub, { type: 'user', id: 'cy' }, 'keep');
    for (let round = 0; round < 3; round += 1) await next();
    expect(newest(hub)).toEqual(['ada']);
  });

  it('is read again only if it changed', async () => {
    const { hub, next } = await workedBefore();
    await track(hub.deps, principal('dan'), [
      { user: 'dan', input: trackInput.parse({ to: 'project:p2', actorOnly: false }), pathPrefix: '' },
    ]);
    expect(await next()).toEqual([]);
  });

  it('is not read again because of a change before a later read', async () => {
    const { hub, next } = await workedBefore();
    const watched: string[] = [];
    hub.bus.listen(({ message }) => {
      if (message.kind === 'actions') for (const { id } of message.actions) watched.push(id);
    });
    // Reads of p2 are new, and reads of p1 are older than this change.
    await track(hub.deps, principal('dan'), [
      { user: 'dan', input: trackInput.parse({ to: 'project:p2', actorOnly: false }), pathPrefix: '' },
    ]);
    const reads = await next({ targets: 'project:p2' });
    expect(reads.filter((method) => method === 'findByKeys')).toHaveLength(1);
    expect(newest(hub)).toEqual(['ada', 'cy', 'dan']);
    expect(watched).toHaveLength(1);
    expect(hub.bus.publishedItemIds().size).toBe(5);
  });

  it('is pushed once, although it was read again', async () => {
    const { hub, next } = await workedBefore();
    const pushed: string[] = [];
    hub.bus.listen(({ message }) => {
      if (message.kind === 'actions') for (const { id } of message.actions) pushed.push(id);
      if (message.kind === 'items') for (const { users } of message.groups) pushed.push(...users);
    });
    await follow(hub.deps, 'dan');
    pushed.length = 0;
    await next();
    const last = hub.stores.actions.all().at(-1);
    expect(pushed.sort()).toEqual([last?.id, 'ada', 'cy', 'dan'].sort());
  });

  it('is read again after Redis lost its data', async () => {
    const { hub, next } = await workedBefore();
    hub.invalidations.since = async () => null;
    expect(await next()).toEqual(expect.arrayContaining(['findByKeys', 'deleted']));
    expect(newest(hub)).toEqual(['ada', 'cy']);
  });
});

class SimulatedCrash extends Error {}

describe('an item that a worker stored and did not push before it died', () => {
  /** A worker that has read before that ada does not track the project, and her client. */
  async function trackedSince(): Promise<{ hub: MemoryHub; client: Client }> {
    const hub = new MemoryHub();
    await log(hub);
    await hub.work();
    const client = new Client('ada', hub.deps);
    hub.bus.listen(({ message }) => {
      client.send(message);
      client.deliver();
    });
    await client.list();
    await follow(hub.deps, 'ada');
    await hub.runNextTask();
    expect(client.ids).toHaveLength(1);
    await log(hub);
    return { hub, client };
  }

  /** Another worker, which reads ada's tracker, and dies after it stored her item. */
  async function workAndDie(hub: MemoryHub): Promise<void> {
    let isStored = false;
    const dying = hub.process(async (method, port) => {
      if (isStored && port !== 'actions') throw new SimulatedCrash();
      if (port === 'feeds' && method === 'insert') isStored = true;
    });
    await expect(hub.work(dying)).rejects.toThrow(SimulatedCrash);
    expect(hub.stores.feeds.all()).toHaveLength(2);
    expect(hub.bus.publishedItemIds().size).toBe(1);
  }

  it('is pushed by a worker that takes over and has read before that its user does not track', async () => {
    const { hub, client } = await trackedSince();
    await workAndDie(hub);
    await hub.work();
    expect(client.ids).toHaveLength(2);
    await expectConverged([client], hub.deps);
  });

  it('is pushed by a worker that processes the same batch at the same time, and is not a retry', async () => {
    const { hub, client } = await trackedSince();
    let isStored = false;
    const { recentReads } = hub.deps;
    const slow = hub.process(async (method, port) => {
      if (port === 'actions' && method === 'insertInOrder') isStored = true;
      // The first call after the actions are stored.
      else if (isStored) {
        isStored = false;
        await workAndDie(hub);
      }
    });
    await hub.work({ ...slow, recentReads });
    expect(client.ids).toHaveLength(2);
    await expectConverged([client], hub.deps);
  });
});

it('a user who tracks at any moment while an action is processed has it in the end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.nat(80), async (scheduler, stepsUntilStored) => {
      const step = () => scheduler.schedule(Promise.resolve());
      const hub = new MemoryHub({ pause: step });
      await scheduler.waitFor(log(hub));
      const worker = hub.process(async (method) => {
        const steps = method === 'insertInOrder' ? stepsUntilStored : 1;
        for (let taken = 0; taken < steps; taken += 1) await step();
      });
      await scheduler.waitFor(
        Promise.all([
          hub.work(worker),
          ...['ada', 'cy', 'dan'].map((user) => follow(hub.process(step), user)),
        ]),
      );
      await scheduler.waitFor(hub.work());
      expect(recipients(hub)).toEqual(['ada', 'cy', 'dan']);
    }),
    { numRuns: 300 },
  );
});
