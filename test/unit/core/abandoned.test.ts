/** What a writer leaves that dies where nobody does its work again. */
import { describe, expect, it } from 'vitest';
import { repairAbandoned } from '../../../core/feed/abandoned.ts';
import { feedChanges } from '../../../core/feed/changes.ts';
import { markFeed } from '../../../core/feed/mark.ts';
import { FeedWriter } from '../../../core/feed/writer.ts';
import { formatPosition } from '../../../core/positions.ts';
import { markInput } from '../../../protocol/schemas/calls.ts';
import { MemoryHub, principal, SPACE } from '../../support/memory/hub.ts';
import { actionOf, arriving, follow, keep, unfollow } from '../../support/model/written.ts';

/** ada and bob have an item whose writer died at this call. */
async function diedAt(call: string): Promise<MemoryHub> {
  const hub = new MemoryHub();
  for (const user of ['ada', 'bob']) await follow(hub, user);
  const action = await keep(hub, actionOf(hub, 'a1'));
  const deps = hub.process(async (method) => {
    if (method === call) throw new Error('died');
  });
  const writer = new FeedWriter(deps, await deps.spaces.writer(SPACE), SPACE);
  const writing = writer.write(arriving(hub, action, 'ada', 'bob'), { since: await hub.clock.now(SPACE) });
  await expect(writing).rejects.toThrow('died');
  return hub;
}

const resets = (hub: MemoryHub) =>
  hub.bus.published.flatMap(({ message }) => (message.kind === 'reset' ? message.user : []));
const usersOf = (hub: MemoryHub) => hub.stores.feeds.all().map((item) => item.user);

describe('an abandoned change', () => {
  it('is left alone as long as its writer may be alive', async () => {
    const hub = await diedAt('publish');
    hub.time.advance(30_000);
    await repairAbandoned(hub.deps);
    expect(resets(hub)).toEqual([]);
    expect(hub.clock.inFlight(SPACE)).toBe(1);
  });

  it('is told to all whom it concerns, also those who went past it', async () => {
    const hub = await diedAt('publish');
    hub.time.advance(65_000);
    const position = formatPosition(await hub.clock.horizon(SPACE, 'ada'));
    await repairAbandoned(hub.deps);
    expect(resets(hub).sort()).toEqual(['ada', 'bob']);
    expect(await feedChanges(hub.deps, principal('ada'), 'ada', { position })).toMatchObject({ reset: true });
    expect(hub.clock.inFlight(SPACE)).toBe(0);
    await repairAbandoned(hub.deps);
    expect(resets(hub)).toHaveLength(2);
  });

  it('that wrote nothing concerns nobody', async () => {
    const hub = await diedAt('insert');
    hub.time.advance(31_000);
    await repairAbandoned(hub.deps);
    expect(resets(hub)).toEqual([]);
    expect(hub.clock.inFlight(SPACE)).toBe(0);
  });

  it('leaves nothing behind that does not belong there any more, also where it was marked since', async () => {
    const hub = await diedAt('since');
    for (const user of ['ada', 'bob']) await unfollow(hub, user);
    const input = markInput.parse({ all: true });
    await markFeed(hub.deps, principal('ada'), { user: 'ada', mark: 'read', input, origin: null });
    expect(usersOf(hub)).toEqual(['ada', 'bob']);
    hub.time.advance(31_000);
    await repairAbandoned(hub.deps);
    expect(usersOf(hub)).toEqual([]);
  });
});
