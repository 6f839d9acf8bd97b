import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { processPartitions } from '../../../../core/fanout/process-partitions.ts';
import { feedChanges } from '../../../../core/feed/read/changes.ts';
import { formatPosition } from '../../../../core/model/positions.ts';
import { track } from '../../../../core/trackers/track.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { trackInput } from '../../../../protocol/schemas/trackers.ts';
import { MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';

/** Defers every fan-out to a job of its own. */
const deferAll = { inline: { trackers: 0, items: 0 }, chunkSize: 2, checkpointEvery: 1, connectedFirst: 1 };

const log = (hub: MemoryHub, ...actions: object[]) =>
  acceptActions(hub.deps, service, { actions: batch.parse(actions), batch: true });
const follow = (hub: MemoryHub, user: string, to: string, settings: object = {}) =>
  track(hub.deps, principal(user), [{ user, input: trackInput.parse({ to, ...settings }), pathPrefix: '' }]);
const unreadOf = (hub: MemoryHub) =>
  hub.stores.feeds
    .all()
    .filter((item) => item.unread)
    .map((item) => item.id);

describe('fan-out', () => {
  it('of an action that absorbed another bumps its items without reading them', async () => {
    const hub = new MemoryHub({ settings: { groupingDelay: 60 } });
    for (const user of ['ada', 'bob']) await follow(hub, user, 'project:p1');
    const action = { actor: 'project:p1', verb: 'opened', targets: 'issue:1' };
    const [id] = await log(hub, action);
    await hub.work();
    await log(hub, action);
    const calls: string[] = [];
    await hub.work(
      hub.process(async (method, port) => {
        if (port === 'feeds') calls.push(method);
      }),
    );
    expect(calls).toEqual(['bump']);
    const [version] = [...(await hub.stores.actions.byIds([`${id}`])).values()].map((each) => each.version);
    expect(hub.stores.feeds.all().map((item) => item.version)).toEqual([version, version]);
  });

  it('delivers an item unread, whatever else the batch contains for its user', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada', 'project:p1');
    await follow(hub, 'ada', 'project:p2');
    const before = new Date(hub.time.now() - 1_000).toISOString();
    const oldAction = { actor: 'project:p1', verb: 'opened', timestamp: before };
    const [, newId] = await log(hub, oldAction, { actor: 'project:p2', verb: 'opened' });
    await hub.work();
    expect(unreadOf(hub)).toEqual([`${newId}:ada`]);
  });

  it('of many actions to few followers reads no objects that nobody follows', async () => {
    const bounds = {
      inline: { trackers: 10, items: 0 },
      chunkSize: 10,
      checkpointEvery: 10,
      connectedFirst: 1_000,
    };
    const hub = new MemoryHub({ bounds, partitions: 1 });
    const names = Array.from({ length: 20 }, (_, n) => `p${n}`);
    for (const name of ['p3', 'p7']) await follow(hub, 'ada', `project:${name}`);
    await follow(hub, 'bob', 'project:p7');
    const ids = await log(hub, ...names.map((name) => ({ actor: `project:${name}`, verb: 'opened' })));
    let reads = 0;
    const counting = hub.process(async (method) => {
      if (method === 'byKey') reads += 1;
    });
    await hub.work(counting);
    expect(unreadOf(hub).sort()).toEqual([`${ids[3]}:ada`, `${ids[7]}:ada`, `${ids[7]}:bob`]);
    // A page and the end of two objects.
    expect(reads).toBe(4);
  });

  describe('of a batch', () => {
    /** `count` followers of each of these projects, and a batch of actions of 200 projects. Returns the jobs that it needs. */
    const jobsFor = async (followers: Readonly<Record<string, number>>): Promise<number> => {
      const inline = { trackers: 4, items: 8 };
      const bounds = { inline, chunkSize: 10, checkpointEvery: 10, connectedFirst: 1_000 };
      const hub = new MemoryHub({ bounds, partitions: 1 });
      let expected = 0;
      for (const [project, count] of Object.entries(followers)) {
        for (let n = 0; n < count; n += 1) await follow(hub, `user-${project}-${n}`, `project:${project}`);
        expected += count;
      }
      const names = Array.from({ length: 200 }, (_, n) => `p${n}`);
      await log(hub, ...names.map((name) => ({ actor: `project:${name}`, verb: 'opened' })));
      let jobs = 0;
      await hub.work(
        hub.process(async (method, port) => {
          if (port === 'fanOutQueue' && method === 'add') jobs += 1;
        }),
      );
      expect(unreadOf(hub)).toHaveLength(expected);
      return jobs;
    };

    it('with more actions than the inline limits are for may have more followers without a job', async () => {
      const small = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`p${n}`, 1]));
      expect(await jobsFor(small)).toBe(0);
      expect(await jobsFor({ ...small, p8: 1 })).toBe(1);
    });

    it('needs a job if one object alone exceeds the limits', async () => {
      expect(await jobsFor({ p0: 4 })).toBe(0);
      expect(await jobsFor({ p0: 5 })).toBe(1);
    });
  });

  it('serves large audiences of two partitions that were filled at the same moment', async () => {
    const hub = new MemoryHub({ bounds: deferAll, partitions: 64 });
    const actors = ['project:p1', 'project:p2'];
    expect(
      new Set(
        actors.map((actor) => hub.queue.partitionOf({ actor: { type: 'project', id: actor.slice(8) } })),
      ).size,
    ).toBe(2);
    for (const actor of actors) await follow(hub, 'ada', actor);
    const ids = await log(hub, ...actors.map((actor) => ({ actor, verb: 'opened' })));
    await hub.work();
    expect(unreadOf(hub).sort()).toEqual(ids.map((id) => `${id}:ada`));
    expect(hub.queue.allPending(SPACE)).toEqual([]);
  });

  it('serves new records after a worker deferred a fan-out and crashed before it removed the records', async () => {
    const hub = new MemoryHub({ bounds: deferAll });
    await follow(hub, 'ada', 'project:p1');
    const action = { actor: 'project:p1', verb: 'opened' };
    const first = await log(hub, action);
    const crashingWorker = hub.process(async (method, port) => {
      if (port === 'partitions' && method === 'remove') throw new Error('crashed');
    });
    await expect(hub.work(crashingWorker)).rejects.toThrow('crashed');
    const second = await log(hub, action);
    await hub.work();
    expect(unreadOf(hub).sort()).toEqual([...first, ...second].map((id) => `${id}:ada`));
    expect(hub.queue.allPending(SPACE)).toEqual([]);
  });

  it('is not complete if a chunk failed while the next trackers were read', async () => {
    const hub = new MemoryHub({ bounds: { ...deferAll, chunkSize: 1, checkpointEvery: 10 } });
    for (const user of ['ada', 'bob', 'cy']) await follow(hub, user, 'project:p1');
    const [id] = await log(hub, { actor: 'project:p1', verb: 'opened' });
    let failed = false;
    const failing = hub.process(async (method) => {
      // The next read continues after all started writes have ended.
      if (method === 'byKey') await new Promise(setImmediate);
      if (method !== 'insert' || failed) return;
      failed = true;
      throw new Error('not written');
    });
    await expect(hub.work(failing)).rejects.toThrow('not written');
    expect(hub.queue.allPending(SPACE)).toEqual([id]);
    await hub.work();
    expect(unreadOf(hub)).toHaveLength(3);
  });

  it('advances the position of items whose write took longer than 30 s', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada', 'project:p1');
    const [id] = await log(hub, { actor: 'project:p1', verb: 'opened' });
    const between: string[] = [];
    const slow = hub.process(async (method) => {
      if (method !== 'insert') return;
      hub.time.advance(31_000);
      between.push(formatPosition(await hub.clock.watermark(SPACE, 'ada')));
      hub.time.advance(31_000);
    });
    await hub.work(slow);
    const [position = ''] = between;
    const { items } = await feedChanges(hub.deps, principal('ada'), 'ada', { position });
    expect(items.map((item) => item.id)).toEqual([`${id}:ada`]);
  });

  it('advances the position of items that a crashed run wrote too late', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada', 'project:p1');
    const [id] = await log(hub, { actor: 'project:p1', verb: 'opened' });
    const between: string[] = [];
    const crashingWorker = hub.process(async (method) => {
      if (method === 'publish') throw new Error('crashed');
      if (method !== 'insert') return;
      hub.time.advance(62_000);
      between.push(formatPosition(await hub.clock.watermark(SPACE, 'ada')));
    });
    await expect(hub.work(crashingWorker)).rejects.toThrow('crashed');
    // Without a repair of crashed writes before.
    for (const partition of hub.queue.busyPartitions(SPACE))
      await processPartitions(hub.deps, SPACE, [partition]);
    const [position = ''] = between;
    const { items } = await feedChanges(hub.deps, principal('ada'), 'ada', { position });
    expect(items.map((item) => item.id)).toEqual([`${id}:ada`]);
    expect(hub.bus.publishedItemIds()).toEqual(new Set([`${id}:ada`]));
  });

  it('delivers one item if several trackers of a user match', async () => {
    const hub = new MemoryHub({ bounds: { ...deferAll, chunkSize: 1 } });
    for (const to of ['project:p1', 'project', 'user:bob'])
      await follow(hub, 'ada', to, { actorOnly: false });
    const [id] = await log(hub, {
      actor: 'user:bob',
      verb: 'opened',
      targets: 'project:p1',
      notify: ['ada'],
    });
    await hub.work();
    expect(hub.stores.feeds.all().map((item) => item.id)).toEqual([`${id}:ada`]);
    expect(hub.bus.publishedItemIds().size).toBe(1);
  });

  it('removes a grouped action from feeds in which its new content is not visible', async () => {
    const hub = new MemoryHub({
      settings: {
        groupingDelay: 60,
        visible: ({ data }, users) => users.filter((user) => user === 'bob' || !data.secret),
      },
    });
    for (const user of ['ada', 'bob']) await follow(hub, user, 'project:p1');
    const [id] = await log(hub, { actor: 'project:p1', verb: 'opened' });
    await hub.work();
    expect(unreadOf(hub)).toEqual([`${id}:ada`, `${id}:bob`]);
    await log(hub, { actor: 'project:p1', verb: 'opened', secret: true });
    await hub.work();
    expect(unreadOf(hub)).toEqual([`${id}:bob`]);
    expect(hub.stores.feeds.allRemoved()).toMatchObject([{ id: `${id}:ada` }]);
  });
});
