/** Repairs of writes whose writer crashed, and which no job repeats. */
import { describe, expect, it } from 'vitest';
import { feedChanges } from '../../../../../core/feed/read/changes.ts';
import { repairCrashedWrites } from '../../../../../core/feed/write/crashed-writers.ts';
import { markFeed } from '../../../../../core/feed/write/mark.ts';
import { FeedWriter } from '../../../../../core/feed/write/writer.ts';
import { formatPosition } from '../../../../../core/model/positions.ts';
import { markInput } from '../../../../../protocol/schemas/calls.ts';
import { MemoryHub, principal, SPACE } from '../../../../support/memory/hub.ts';
import { actionOf, follow, storeAction, unfollow, upsertOf } from '../../../../support/model/fixtures.ts';

/** ada and bob have an item whose writer crashed at this call. */
async function crashAt(call: string): Promise<MemoryHub> {
  const hub = new MemoryHub();
  for (const user of ['ada', 'bob']) await follow(hub, user);
  const action = await storeAction(hub, actionOf(hub, 'a1'));
  const deps = hub.process(async (method) => {
    if (method === call) throw new Error('crashed');
  });
  const writer = new FeedWriter(deps, await deps.spaces.writer(SPACE), SPACE);
  const writing = writer.write(upsertOf(hub, action, 'ada', 'bob'), {
    readPosition: await hub.clock.now(SPACE),
  });
  await expect(writing).rejects.toThrow('crashed');
  return hub;
}

const resets = (hub: MemoryHub) =>
  hub.bus.published.flatMap(({ message }) => (message.kind === 'reset' ? message.user : []));
const usersOf = (hub: MemoryHub) => hub.stores.feeds.all().map((item) => item.user);

describe('an in-flight write of a crashed writer', () => {
  it('is left alone while its writer may be alive', async () => {
    const hub = await crashAt('publish');
    hub.time.advance(30_000);
    await repairCrashedWrites(hub.deps);
    expect(resets(hub)).toEqual([]);
    expect(hub.clock.inFlightCount(SPACE)).toBe(1);
  });

  it('is repaired for all affected users, including those who read past it', async () => {
    const hub = await crashAt('publish');
    hub.time.advance(65_000);
    const position = formatPosition(await hub.clock.watermark(SPACE, 'ada'));
    await repairCrashedWrites(hub.deps);
    expect(resets(hub).sort()).toEqual(['ada', 'bob']);
    expect(await feedChanges(hub.deps, principal('ada'), 'ada', { position })).toMatchObject({ reset: true });
    expect(hub.clock.inFlightCount(SPACE)).toBe(0);
    await repairCrashedWrites(hub.deps);
    expect(resets(hub)).toHaveLength(2);
  });

  it('affects nobody if it wrote nothing', async () => {
    const hub = await crashAt('insert');
    hub.time.advance(31_000);
    await repairCrashedWrites(hub.deps);
    expect(resets(hub)).toEqual([]);
    expect(hub.clock.inFlightCount(SPACE)).toBe(0);
  });

  it('leaves no stray items, even if they were marked since', async () => {
    const hub = await crashAt('since');
    for (const user of ['ada', 'bob']) await unfollow(hub, user);
    const input = markInput.parse({ all: true });
    await markFeed(hub.deps, principal('ada'), { user: 'ada', mark: 'read', input, origin: null });
    expect(usersOf(hub)).toEqual(['ada', 'bob']);
    hub.time.advance(31_000);
    await repairCrashedWrites(hub.deps);
    expect(usersOf(hub)).toEqual([]);
  });
});
