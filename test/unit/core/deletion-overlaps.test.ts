/** Moments at which a deletion meets other work, one by one. */
import { beforeEach, describe, expect, it } from 'vitest';
import { deleteObject } from '../../../core/deletion/delete-object.ts';
import { markFeed } from '../../../core/feed/mark.ts';
import { drainLane } from '../../../core/ingest.ts';
import { logActions } from '../../../core/log.ts';
import { recall } from '../../../core/recall.ts';
import { track } from '../../../core/trackers/track.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { markInput } from '../../../protocol/schemas/calls.ts';
import { deletionInput } from '../../../protocol/schemas/deletion.ts';
import { trackInput } from '../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, type MemoryHubOptions, principal, service } from '../../support/memory/hub.ts';
import { Client } from '../../support/model/client.ts';

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
  logActions(hub.deps, service, {
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
  track(deps, principal(user), [{ user, input: trackInput.parse({ to, actorOnly: false }), root: '' }]);
const read = (user: string) =>
  markFeed(hub.deps, principal(user), {
    ...{ user, mark: 'read', origin: null },
    input: markInput.parse({ all: true }),
  });
const remove = (actions: 'keep' | 'delete', object = project, deps: Deps = hub.deps) =>
  deleteObject(deps, service, object, deletionInput.parse({ actions, description: 'gone' }));
/** The hub as a process that does something just before it calls this method for the first, or nth, time. */
function just(method: string, act: () => Promise<unknown>, nth = 1): Deps {
  let calls = 0;
  return hub.process(async (called) => {
    if (called === method) calls += 1;
    if (called === method && calls === nth) await act();
  });
}
const items = (user = 'ada') => hub.stores.feeds.all().filter((item) => item.user === user);
const resets = () => hub.bus.published.filter(({ message }) => message.kind === 'reset').length;
/** Ids of actions that somebody who watches everything is left with. */
const watched = () => {
  const shown = new Set<string>();
  for (const { message } of hub.bus.published) {
    if (message.kind !== 'actions') continue;
    for (const { id } of message.actions) shown.add(id);
    for (const { id } of message.removed) shown.delete(id);
  }
  return [...shown];
};
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}
const fail = () => Promise.reject(new Error('the process died'));

describe('fan-out that began before the deletion', () => {
  it('is told again with what is left of the object', async () => {
    await follow('ada');
    await ada.list();
    await log();
    const worker = just('insert', async () => {
      await remove('keep');
      while (hub.chores.due('default').length > 0) await hub.chore();
    });
    await hub.work(worker);
    expect([...ada.shown().values()]).toMatchObject([{ left: ['gone'] }]);
    expect(items()).toHaveLength(1);
  });

  it('leaves nothing in feeds where the actions go', async () => {
    await follow('ada');
    await ada.list();
    await log(3);
    await hub.work(just('insert', () => remove('delete')));
    await hub.work();
    expect([items(), ada.ids, hub.stores.actions.all()]).toEqual([[], [], []]);
  });

  it('leaves nothing of later actions in feeds whose trackers went meanwhile', async () => {
    await follow('ada');
    await remove('delete');
    await log();
    await hub.work(just('insert', () => hub.chore()));
    expect(items()).toEqual([]);
    expect(hub.stores.actions.all()).toMatchObject([{ targets: [{ deleted: true }] }]);
  });

  it('leaves nothing in the feed of a user who was deleted meanwhile', async () => {
    await log(1, { notify: ['ada', 'bob'] });
    await hub.work(just('insert', () => remove('keep', { type: 'user', id: 'ada' })));
    await hub.work();
    expect([items('ada'), items('bob')]).toMatchObject([[], [{ user: 'bob' }]]);
  });

  it('is the same where it was handed on before the user was deleted, and done after', async () => {
    start({ bounds: { inline: { trackers: 0, items: 0 }, chunk: 1, noteEvery: 1 } });
    await follow('bob');
    await log(1, { notify: ['ada', 'bob'] });
    for (const lane of hub.queue.busy('default')) await drainLane(hub.deps, 'default', lane);
    expect(hub.fanOutQueue.size).toBe(1);
    await remove('keep', { type: 'user', id: 'ada' });
    await hub.chore();
    await hub.work();
    expect([items('ada'), items('bob')]).toMatchObject([[], [{ user: 'bob' }]]);
  });
});

describe('what is left of an object', () => {
  it('is told of an item that was marked meanwhile', async () => {
    await follow('ada');
    await log();
    await hub.work();
    await ada.list();
    await remove('keep');
    await hub.chore(just('ofActions', () => read('ada')));
    expect([...ada.shown().values()]).toMatchObject([{ left: ['gone'] }]);
  });

  it('is told to whoever began to follow the action just before it was written', async () => {
    await remove('keep');
    await log();
    const [read, written] = [gate(), gate()];
    let following: Promise<unknown> = Promise.resolve();
    const slow = just('insert', () => {
      read.open();
      return written.opened;
    });
    const worker = just('showDeleted', async () => {
      following = follow('ada', { type: 'user', id: 'bob' }, slow);
      await read.opened;
    });
    await ada.list();
    await hub.work(worker);
    written.open();
    await following;
    expect([...ada.shown().values()]).toMatchObject([{ left: ['gone'] }]);
  });
});

describe('recall', () => {
  it('follows an action that became part of another one meanwhile', async () => {
    start({ settings: { groupingDelay: 60 } });
    const [first = ''] = await log();
    await hub.work();
    const [second = ''] = await log();
    const caller = just('bury', () => hub.work());
    expect(await recall(caller, service, second)).toMatchObject({ id: first });
    await hub.work();
    expect(hub.stores.actions.all()).toEqual([]);
  });

  it('of an action that is being stored goes before it or after it, but goes', async () => {
    await follow('ada');
    for (const method of ['insertInOrder', 'some', 'insert', 'acknowledge']) {
      const [id = ''] = await log();
      await hub.work(just(method, () => recall(hub.deps, service, id)));
      await hub.work();
      expect([method, items(), hub.stores.actions.all()]).toEqual([method, [], []]);
      expect([method, watched()]).toEqual([method, []]);
    }
  });

  it('of an action that just showed what is left of an object is the last that is told', async () => {
    const [id = '', other] = await log(2);
    await hub.work();
    await remove(
      'keep',
      project,
      just('publish', () => recall(hub.deps, service, id)),
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

  it('tells the first changes one by one, and of all others once to reload', async () => {
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
    ['bury', 1],
    ['ofActions', 1],
    ['remove', 1],
    // Of what is not told one by one.
    ['remove', 2],
    ['end', 2],
    ['raiseFloors', 1],
    ['publish', 1],
    ['ofKey', 1],
  ])('goes on where a worker died before it could call %s, time %i', async (method, nth) => {
    await remove('delete');
    await expect(hub.chore(just(method, fail, nth))).rejects.toThrow('died');
    await hub.work();
    expect([items(), hub.stores.actions.all()]).toEqual([[], []]);
    expect(resets()).toBeGreaterThan(0);
    expect(await hub.stores.trackers.scan({ key: 'project:p1', limit: 1 })).toEqual([]);
  });

  it('goes on, too, where another deletion was asked for meanwhile', async () => {
    await remove('keep');
    await expect(hub.chore(just('raiseFloors', fail))).rejects.toThrow('died');
    await remove('delete');
    await hub.work();
    expect([items(), hub.stores.actions.all()]).toEqual([[], []]);
    expect(resets()).toBeGreaterThan(0);
  });
});
