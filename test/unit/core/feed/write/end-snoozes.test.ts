/** Snoozed items that return while something else happens to them. */
import { describe, expect, it } from 'vitest';
import { repairCrashedWrites } from '../../../../../core/feed/write/crashed-writers.ts';
import { endDueSnoozes } from '../../../../../core/feed/write/end-snoozes.ts';
import { snoozeItems } from '../../../../../core/feed/write/snooze.ts';
import { FeedWriter } from '../../../../../core/feed/write/writer.ts';
import { asMillis } from '../../../../../core/model/units.ts';
import { backfillFirstPage } from '../../../../../core/trackers/backfill/first-page.ts';
import { snoozeInput } from '../../../../../protocol/schemas/calls.ts';
import { MemoryHub, principal, SPACE } from '../../../../support/memory/hub.ts';
import { actionOf, follow, storeAction, unfollow, upsertOf } from '../../../../support/model/fixtures.ts';

const SNOOZE_MS = 1_000;

/** ada has an item of the past, which is read. She snoozed it, and it is due. */
async function hubWithDueItem(): Promise<{ hub: MemoryHub; due: number }> {
  const hub = new MemoryHub();
  const action = await storeAction(hub, actionOf(hub, 'a1'));
  hub.time.advance(1);
  await follow(hub, 'ada', hub.time.now());
  await backfillFirstPage(hub.deps, SPACE, 'ada', ['project:p1']);
  const due = await snooze(hub, action.id);
  hub.time.advance(SNOOZE_MS);
  hub.bus.published.length = 0;
  return { hub, due };
}

async function snooze(hub: MemoryHub, action: string): Promise<number> {
  const until = hub.time.now() + SNOOZE_MS;
  const input = snoozeInput.parse({ ids: [`${action}:ada`], until: new Date(until).toISOString() });
  const answer = await snoozeItems(hub.deps, principal('ada'), { user: 'ada', input, origin: null });
  expect(answer.changed).toBe(1);
  return until;
}

const inFeed = (hub: MemoryHub) => hub.stores.feeds.all();

describe('a snoozed item', () => {
  it('returns unread and unseen at the end of its snooze, and is published once', async () => {
    const { hub, due } = await hubWithDueItem();
    await Promise.all([endDueSnoozes(hub.deps, SPACE), endDueSnoozes(hub.deps, SPACE)]);
    expect(inFeed(hub)).toMatchObject([{ at: due, unread: true, seen: false, aside: undefined }]);
    expect(hub.bus.published.map(({ message }) => message)).toMatchObject([
      { kind: 'items', groups: [{ users: ['ada'], at: due, unread: true }], actions: [{ id: 'a1' }] },
    ]);
    expect(hub.clock.inFlightCount(SPACE)).toBe(0);
  });

  it('stays no longer than its tracker if it returns while ada stops tracking', async () => {
    const { hub } = await hubWithDueItem();
    await unfollow(hub, 'ada');
    const untracking = hub.process(async (method) => {
      if (method === 'remove') await endDueSnoozes(hub.deps, SPACE);
    });
    await backfillFirstPage(untracking, SPACE, 'ada', ['project:p1']);
    expect(inFeed(hub)).toEqual([]);
  });

  it.each(['byIds', 'publish', 'end'])('is in the inbox if its worker dies at %s', async (call) => {
    const { hub, due } = await hubWithDueItem();
    const worker = hub.process(async (method) => {
      if (method === call) throw new Error('crashed');
    });
    await expect(endDueSnoozes({ ...worker, now: hub.time.now }, SPACE)).rejects.toThrow('crashed');
    hub.time.advance(31_000);
    await repairCrashedWrites(hub.deps);
    expect(inFeed(hub)).toMatchObject([{ at: due, unread: true, seen: false, aside: undefined }]);
    expect(hub.bus.published.at(-1)?.message).toMatchObject({ kind: 'reset', user: 'ada' });
    expect(hub.clock.inFlightCount(SPACE)).toBe(0);
  });

  it('keeps its return if the write that delivered it is repaired later', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada');
    const action = await storeAction(hub, actionOf(hub, 'a1'));
    const crashing = hub.process(async (method) => {
      if (method === 'since') throw new Error('crashed');
    });
    const writer = new FeedWriter(crashing, await crashing.spaces.writer(SPACE), SPACE);
    const options = { readPosition: await hub.clock.now(SPACE) };
    await expect(writer.write(upsertOf(hub, action, 'ada'), options)).rejects.toThrow('crashed');
    // By the tracker of now, the item would have arrived read.
    await follow(hub, 'ada', asMillis(hub.time.now() + 1));
    const due = await snooze(hub, action.id);
    hub.time.advance(SNOOZE_MS);
    await endDueSnoozes(hub.deps, SPACE);
    hub.time.advance(31_000);
    await repairCrashedWrites(hub.deps);
    expect(inFeed(hub)).toMatchObject([{ at: due, unread: true, seen: false }]);
  });
});
