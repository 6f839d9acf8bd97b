import { describe, expect, it, vi } from 'vitest';
import { acceptActions } from '../../../../../core/actions/accept.ts';
import { EarlyWrite } from '../../../../../core/feed/write/early-write.ts';
import { FeedWriter } from '../../../../../core/feed/write/writer.ts';
import { batch } from '../../../../../protocol/schemas/action.ts';
import { MemoryHub, SPACE, service } from '../../../../support/memory/hub.ts';
import { actionOf, follow, storeAction, upsertOf } from '../../../../support/model/fixtures.ts';

/** A hub with a stored action, and a writer with a write of these users that is in flight already. */
async function begun(...users: string[]) {
  const hub = new MemoryHub();
  const action = await storeAction(hub, actionOf(hub, 'a'));
  const readPosition = await hub.clock.now(SPACE);
  const early = new EarlyWrite(hub.deps, SPACE);
  early.begin(new Set(users));
  const writer = new FeedWriter(hub.deps, hub.stores, SPACE, early);
  const begin = vi.spyOn(hub.clock, 'begin');
  const write = (...recipients: string[]) =>
    writer.write(upsertOf(hub, action, ...recipients), { readPosition });
  return { hub, early, begin, write };
}

describe('a write that began early', () => {
  it('is used once, if its users include those of the items', async () => {
    const { hub, begin, write } = await begun('ada', 'bob');
    await write('ada');
    expect(begin).not.toHaveBeenCalled();
    await write('bob');
    expect(begin).toHaveBeenCalledTimes(1);
    expect(hub.clock.inFlightCount(SPACE)).toBe(0);
    expect(hub.stores.feeds.all().map(({ user }) => user)).toEqual(['ada', 'bob']);
  });

  it('is not used for other users, and ends', async () => {
    const { hub, early, begin, write } = await begun('ada');
    await write('ada', 'bob');
    expect(begin).toHaveBeenCalledTimes(1);
    expect(hub.clock.inFlightCount(SPACE)).toBe(1);
    await early.end();
    expect(hub.clock.inFlightCount(SPACE)).toBe(0);
  });

  it('does not begin after it ended', async () => {
    const { hub, early } = await begun();
    await early.end();
    early.begin(new Set(['ada']));
    expect(hub.clock.inFlightCount(SPACE)).toBe(0);
  });
});

describe('a worker', () => {
  const log = (hub: MemoryHub) =>
    acceptActions(hub.deps, service, {
      actions: batch.parse([{ actor: 'project:p1', verb: 'opened' }]),
      batch: true,
    });

  it('begins to write items before the action is stored', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada');
    await log(hub);
    const calls: string[] = [];
    await hub.work(
      hub.process(async (method) => {
        calls.push(method);
        if (method === 'insertInOrder') await vi.waitUntil(() => calls.includes('begin'));
      }),
    );
    expect(calls.filter((method) => method === 'begin')).toHaveLength(1);
    expect(hub.stores.feeds.all()).toHaveLength(1);
  });

  it('leaves no write in flight if the action can not be stored', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada');
    await log(hub);
    const calls: string[] = [];
    const failing = hub.process(async (method) => {
      calls.push(method);
      if (method !== 'insertInOrder') return;
      await vi.waitUntil(() => calls.includes('begin'));
      throw new Error('no database');
    });
    await expect(hub.work(failing)).rejects.toThrow('no database');
    expect(hub.clock.inFlightCount(SPACE)).toBe(0);
  });
});
