import { describe, expect, it } from 'vitest';
import { feedChanges } from '../../../core/feed/changes.ts';
import { drainLane } from '../../../core/ingest.ts';
import { logActions } from '../../../core/log.ts';
import { formatPosition } from '../../../core/positions.ts';
import { track } from '../../../core/trackers/track.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { trackInput } from '../../../protocol/schemas/trackers.ts';
import { MemoryHub, principal, SPACE, service } from '../../support/memory/hub.ts';

/** Nothing is served while the lane waits. */
const allHandedOn = { inline: { trackers: 0, items: 0 }, chunk: 2, noteEvery: 1 };

const log = (hub: MemoryHub, ...actions: object[]) =>
  logActions(hub.deps, service, { actions: batch.parse(actions), batch: true });
const follow = (hub: MemoryHub, user: string, to: string, settings: object = {}) =>
  track(hub.deps, principal(user), [{ user, input: trackInput.parse({ to, ...settings }), root: '' }]);
const unreadOf = (hub: MemoryHub) =>
  hub.stores.feeds
    .all()
    .filter((item) => item.unread)
    .map((item) => item.id);

describe('fan-out', () => {
  it('lets an item arrive unread whatever else the batch brings its user', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada', 'project:p1');
    await follow(hub, 'ada', 'project:p2');
    const before = new Date(hub.time.now() - 1_000).toISOString();
    const old = { actor: 'project:p1', verb: 'opened', timestamp: before };
    const [, news] = await log(hub, old, { actor: 'project:p2', verb: 'opened' });
    await hub.work();
    expect(unreadOf(hub)).toEqual([`${news}:ada`]);
  });

  it('serves large audiences of two lanes that were filled at the same moment', async () => {
    const hub = new MemoryHub({ bounds: allHandedOn, lanes: 64 });
    const actors = ['project:p1', 'project:p2'];
    expect(
      new Set(actors.map((actor) => hub.queue.laneOf({ actor: { type: 'project', id: actor.slice(8) } })))
        .size,
    ).toBe(2);
    for (const actor of actors) await follow(hub, 'ada', actor);
    const ids = await log(hub, ...actors.map((actor) => ({ actor, verb: 'opened' })));
    await hub.work();
    expect(unreadOf(hub).sort()).toEqual(ids.map((id) => `${id}:ada`));
    expect(hub.queue.allPending(SPACE)).toEqual([]);
  });

  it('serves what came into a lane after a run that handed on and died before it emptied the lane', async () => {
    const hub = new MemoryHub({ bounds: allHandedOn });
    await follow(hub, 'ada', 'project:p1');
    const action = { actor: 'project:p1', verb: 'opened' };
    const first = await log(hub, action);
    const dying = hub.process(async (method) => {
      if (method === 'drop') throw new Error('died');
    });
    await expect(hub.work(dying)).rejects.toThrow('died');
    const second = await log(hub, action);
    await hub.work();
    expect(unreadOf(hub).sort()).toEqual([...first, ...second].map((id) => `${id}:ada`));
    expect(hub.queue.allPending(SPACE)).toEqual([]);
  });

  it('is not done where a chunk could not be written while the next trackers were read', async () => {
    const hub = new MemoryHub({ bounds: { ...allHandedOn, chunk: 1, noteEvery: 10 } });
    for (const user of ['ada', 'bob', 'cy']) await follow(hub, user, 'project:p1');
    const [id] = await log(hub, { actor: 'project:p1', verb: 'opened' });
    let failed = false;
    const failing = hub.process(async (method) => {
      // Reading goes on when all that was begun is over.
      if (method === 'ofKey') await new Promise(setImmediate);
      if (method !== 'insert' || failed) return;
      failed = true;
      throw new Error('not written');
    });
    await expect(hub.work(failing)).rejects.toThrow('not written');
    expect(hub.queue.allPending(SPACE)).toEqual([id]);
    await hub.work();
    expect(unreadOf(hub)).toHaveLength(3);
  });

  it('stamps again what took longer than 30 s, for those who read past it meanwhile', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada', 'project:p1');
    const [id] = await log(hub, { actor: 'project:p1', verb: 'opened' });
    const between: string[] = [];
    const slow = hub.process(async (method) => {
      if (method !== 'insert') return;
      hub.time.advance(31_000);
      between.push(formatPosition(await hub.clock.horizon(SPACE, 'ada')));
      hub.time.advance(31_000);
    });
    await hub.work(slow);
    const [position = ''] = between;
    const { items } = await feedChanges(hub.deps, principal('ada'), 'ada', { position });
    expect(items.map((item) => item.id)).toEqual([`${id}:ada`]);
  });

  it('stamps again what a run that died had written too late', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada', 'project:p1');
    const [id] = await log(hub, { actor: 'project:p1', verb: 'opened' });
    const between: string[] = [];
    const dying = hub.process(async (method) => {
      if (method === 'publish') throw new Error('died');
      if (method !== 'insert') return;
      hub.time.advance(62_000);
      between.push(formatPosition(await hub.clock.horizon(SPACE, 'ada')));
    });
    await expect(hub.work(dying)).rejects.toThrow('died');
    // Nobody sweeps up before.
    for (const lane of hub.queue.busy(SPACE)) await drainLane(hub.deps, SPACE, lane);
    const [position = ''] = between;
    const { items } = await feedChanges(hub.deps, principal('ada'), 'ada', { position });
    expect(items.map((item) => item.id)).toEqual([`${id}:ada`]);
    expect(hub.bus.announced()).toEqual(new Set([`${id}:ada`]));
  });

  it('finds one item where several trackers of a user match', async () => {
    const hub = new MemoryHub({ bounds: { ...allHandedOn, chunk: 1 } });
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
    expect(hub.bus.announced().size).toBe(1);
  });

  it('takes a grouped action out of feeds that what was added hides it from', async () => {
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
