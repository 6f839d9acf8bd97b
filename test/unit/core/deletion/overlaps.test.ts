/** Particular interleavings of a deletion with other work. */
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { deleteObject } from '../../../../core/deletion/delete-object.ts';
import { recall } from '../../../../core/deletion/recall.ts';
import { processPartitions } from '../../../../core/fanout/process-partitions.ts';
import { markFeed } from '../../../../core/feed/write/mark.ts';
import { track } from '../../../../core/trackers/track.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { markInput } from '../../../../protocol/schemas/calls.ts';
import { deletionInput } from '../../../../protocol/schemas/deletion.ts';
import { trackInput } from '../../../../protocol/schemas/trackers.ts';
import {
  type Deps,
  MemoryHub,
  type MemoryHubOptions,
  principal,
  service,
} from '../../../support/memory/hub.ts';
import { Client } from '../../../support/model/client.ts';

const project = { type: 'project', id: 'p1' };

let hub: MemoryHub;
let ada: Client;
const start = (options: MemoryHubOptions = {}) => {
  hub = new MemoryHub({ ...options, settings: { groupingDelay: -1, ...options.settings } });
  ada = new Client('ada', hub.deps);
  hub.bus.listen(({ message }) => {
    ada.send(message);
    ada.deliver();
  });
};
beforeEach(() => start());

const log = (count = 1, action: Record<string, unknown> = {}) =>
  acceptActions(hub.deps, service, {
    actions: batch.parse(
      Array.from({ length: count }, () => ({
        actor: 'user:bob',
        verb: 'wrote',
        targets: project,
        ...action,
      })),
    ),
    batch: true,
  });
const follow = (user: string, to: object = project, deps: Deps = hub.deps) =>
  track(deps, principal(user), [{ user, input: trackInput.parse({ to, actorOnly: false }), pathPrefix: '' }]);
const read = (user: string) =>
  markFeed(hub.deps, principal(user), {
    ...{ user, mark: 'read', origin: null },
    input: markInput.parse({ all: true }),
  });
const remove = (actions: 'keep' | 'delete', object = project, deps: Deps = hub.deps) =>
  deleteObject(deps, service, object, deletionInput.parse({ actions, description: 'gone' }));
/** A process that runs `act` just before its nth call of a method, given as `method` or `port.method`. */
function withHook(name: string, act: () => Promise<unknown>, nth = 1): Deps {
  let calls = 0;
  return hub.process(async (method, port) => {
    if (name !== method && name !== `${port}.${method}`) return;
    calls += 1;
    if (calls === nth) await act();
  });
}
const items = (user = 'ada') => hub.stores.feeds.all().filter((item) => item.user === user);
const resets = () => hub.bus.published.filter(({ message }) => message.kind === 'reset').length;
/** Ids of the actions that a client watching everything shows. */
const watched = () => {
  const visible = new Set<string>();
  for (const { message } of hub.bus.published) {
    if (message.kind !== 'actions') continue;
    for (const { id } of message.actions) visible.add(id);
    for (const { id } of message.removed) visible.delete(id);
  }
  return [...visible];
};
function createGate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}
const fail = () => Promise.reject(new Error('the process crashed'));

describe('a fan-out that started before the deletion', () => {
  it('is published again with the tombstone', async () => {
    await follow('ada');
    await ada.list();
    await log();
    const worker = withHook('insert', async () => {
      await remove('keep');
      while (hub.tasks.due('default').length > 0) await hub.runNextTask();
    });
    await hub.work(worker);
    expect([...ada.shown().values()]).toMatchObject([{ deletedDescriptions: ['gone'] }]);
    expect(items()).toHaveLength(1);
  });

  it('leaves nothing in feeds if the actions are deleted', async () => {
    await follow('ada');
    await ada.list();
    await log(3);
    await hub.work(withHook('insert', () => remove('delete')));
    await hub.work();
    expect([items(), ada.ids, hub.stores.actions.all()]).toEqual([[], [], []]);
  });

  it('leaves no later actions in feeds whose trackers were removed meanwhile', async () => {
    await follow('ada');
    await remove('delete');
    await log();
    await hub.work(withHook('insert', () => hub.runNextTask()));
    expect(items()).toEqual([]);
    expect(hub.stores.actions.all()).toMatchObject([{ targets: [{ deleted: true }] }]);
  });

  it('leaves nothing in the feed of a user who was deleted meanwhile', async () => {
    await log(1, { notify: ['ada', 'bob'] });
    await hub.work(withHook('insert', () => remove('keep', { type: 'user', id: 'ada' })));
    await hub.work();
    expect([items('ada'), items('bob')]).toMatchObject([[], [{ user: 'bob' }]]);
  });

  it('leaves nothing of a deleted user even if it was deferred and runs after the deletion', async () => {
    start({
      bounds: { inline: { trackers: 0, items: 0 }, chunkSize: 1, checkpointEvery: 1, connectedFirst: 1 },
    });
    await follow('bob');
    await log(1, { notify: ['ada', 'bob'] });
    for (const partition of hub.queue.busyPartitions('default'))
      await processPartitions(hub.deps, 'default', [partition]);
    expect(hub.fanOutQueue.size).toBe(1);
    await remove('keep', { type: 'user', id: 'ada' });
    await hub.runNextTask();
    await hub.work();
    expect([items('ada'), items('bob')]).toMatchObject([[], [{ user: 'bob' }]]);
  });
});

describe('a tombstone', () => {
  it('is published for an item that was marked meanwhile', async () => {
    await follow('ada');
    await log();
    await hub.work();
    await ada.list();
    await remove('keep');
    await hub.runNextTask(withHook('byActions', () => read('ada')));
    expect([...ada.shown().values()]).toMatchObject([{ deletedDescriptions: ['gone'] }]);
  });

  it('is published to a user who started to follow just before it was written', async () => {
    await remove('keep');
    await log();
    const [readDone, written] = [createGate(), createGate()];
    let following: Promise<unknown> = Promise.resolve();
    const slow = withHook('insert', () => {
      readDone.open();
      return written.opened;
    });
    const worker = withHook('writeTombstone', async () => {
      following = follow('ada', { type: 'user', id: 'bob' }, slow);
      await readDone.opened;
    });
    await ada.list();
    await hub.work(worker);
    written.open();
    await following;
    expect([...ada.shown().values()]).toMatchObject([{ deletedDescriptions: ['gone'] }]);
  });
});

describe('recall', () => {
  it('follows an action that was merged into another one meanwhile', async () => {
    start({ settings: { groupingDelay: 60 } });
    const [first = ''] = await log();
    await hub.work();
    const [second = ''] = await log();
    const caller = withHook('deleteMany', () => hub.work());
    expect(await recall(caller, service, second)).toMatchObject({ id: first });
    await hub.work();
    expect(hub.stores.actions.all()).toEqual([]);
  });

  it('of an action that is being stored takes effect before or after it', async () => {
    await follow('ada');
    for (const method of ['insertInOrder', 'findByKeys', 'insert', 'acknowledge']) {
      const [id = ''] = await log();
      await hub.work(withHook(method, () => recall(hub.deps, service, id)));
      await hub.work();
      expect([method, items(), hub.stores.actions.all()]).toEqual([method, [], []]);
      expect([method, watched()]).toEqual([method, []]);
    }
  });

  it('of an action that just got a tombstone is published last', async () => {
    const [id = '', other] = await log(2);
    await hub.work();
    await remove(
      'keep',
      project,
      withHook('publish', () => recall(hub.deps, service, id)),
    );
    expect(watched()).toEqual([other]);
  });
});

describe('a large deletion', () => {
  beforeEach(async () => {
    await follow('ada');
    await ada.list();
    await log(400);
    await hub.work();
  });

  it('publishes the first changes one by one, and one reset for all others', async () => {
    await log(300);
    await hub.work();
    const before = hub.bus.published.length;
    await remove('delete');
    await hub.work();
    const removed = hub.bus.published
      .slice(before)
      .flatMap(({ message }) => (message.kind === 'removed' ? message.items : []));
    expect([removed.length, resets(), items()]).toEqual([200, 1, []]);
  });

  it.each([
    ['deleteMany', 1],
    ['byActions', 1],
    ['remove', 1],
    // After the push limit.
    ['remove', 2],
    ['clock.end', 2],
    ['forceResync', 1],
    ['publish', 1],
    ['byKey', 1],
  ])('continues after a worker crashed before it called %s, time %i', async (method, nth) => {
    await remove('delete');
    await expect(hub.runNextTask(withHook(method, fail, nth))).rejects.toThrow('crashed');
    await hub.work();
    expect([items(), hub.stores.actions.all()]).toEqual([[], []]);
    expect(resets()).toBeGreaterThan(0);
    expect(await hub.stores.trackers.scan({ key: 'project:p1', limit: 1 })).toEqual([]);
  });

  it('continues even if another deletion was requested meanwhile', async () => {
    await remove('keep');
    await expect(hub.runNextTask(withHook('forceResync', fail))).rejects.toThrow('crashed');
    await remove('delete');
    await hub.work();
    expect([items(), hub.stores.actions.all()]).toEqual([[], []]);
    expect(resets()).toBeGreaterThan(0);
  });
});
