/** Calls that come between the reads of a fan-out and the storing of its actions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { deleteObject } from '../../../../core/deletion/delete-object.ts';
import { track } from '../../../../core/trackers/track.ts';
import type { Ref } from '../../../../protocol/entities.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { trackInput } from '../../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, service } from '../../../support/memory/hub.ts';

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

  it('nothing is read twice if nothing changes', async () => {
    const hub = new MemoryHub();
    await follow(hub.deps, 'ada');
    await log(hub);
    expect(await workWith(hub, async () => undefined)).toEqual(['findByKeys', 'deleted']);
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
