/** A long history is matched with trackers that were read once for many chunks. They may change meanwhile. */
import { describe, expect, it, vi } from 'vitest';
import { invalidating } from '../../../../core/consistency/invalidating.ts';
import { trackerId } from '../../../../core/model/keys.ts';
import { FIRST_POSITION } from '../../../../core/model/units.ts';
import { trackersInvalidation, userInvalidation } from '../../../../core/ports/invalidations.ts';
import { backfill } from '../../../../core/trackers/backfill/task.ts';
import { track } from '../../../../core/trackers/track.ts';
import { trackInput } from '../../../../protocol/schemas/trackers.ts';
import { MemoryHub, principal, SPACE } from '../../../support/memory/hub.ts';
import { actionOf, storeAction } from '../../../support/model/fixtures.ts';

vi.mock(import('../../../../core/trackers/backfill/bounds.ts'), () => ({
  backfillBounds: {
    firstPage: 1,
    maxObjects: 2,
    chunkSize: 2,
    outlines: 2,
    concurrentWrites: 3,
    pushLimit: 2,
  },
}));

const KEY = 'project:p1';
const newestFirst = ['j', 'i', 'h', 'g', 'f', 'e', 'd', 'c', 'b', 'a'];

/** Ada tracks a project. Its first page is in the feed, and the task is pending. */
async function trackedHub(): Promise<MemoryHub> {
  const hub = new MemoryHub();
  for (const id of newestFirst.toReversed()) await storeAction(hub, actionOf(hub, id));
  const input = trackInput.parse({ to: KEY });
  await track(hub.deps, principal('ada'), [{ user: 'ada', input, pathPrefix: '' }]);
  return hub;
}

/** Runs the task, and `before` before each call to a port, with the number of calls of this method so far. */
async function runTask(hub: MemoryHub, before: (call: string, calls: number) => Promise<void> | void) {
  const calls = new Map<string, number>();
  const process = hub.process(async (method, port) => {
    const call = `${port}.${method}`;
    const count = (calls.get(call) ?? 0) + 1;
    calls.set(call, count);
    await before(call, count);
  });
  const task = { user: 'ada', key: KEY, jobStartPosition: FIRST_POSITION };
  await backfill(process, SPACE, task, { checkpoint: null, saveCheckpoint: async () => undefined });
  return calls;
}

const feedOf = (hub: MemoryHub) =>
  hub.stores.feeds
    .all()
    .map((item) => item.action)
    .sort();

const untrackMeanwhile = (hub: MemoryHub) =>
  invalidating(hub.deps.invalidations, SPACE, [userInvalidation('ada'), trackersInvalidation(KEY)], () =>
    hub.stores.trackers.end([trackerId('ada', KEY)], () => hub.clock.now(SPACE)),
  );

describe('the backfill of a long history', () => {
  it('reads the trackers of the user once', async () => {
    const hub = await trackedHub();
    const calls = await runTask(hub, () => undefined);
    expect(feedOf(hub)).toEqual(newestFirst.toReversed());
    expect(calls.get('trackers.currentVersionsOf')).toBe(1);
    // The first chunk could be the only one.
    expect(calls.get('trackers.currentVersions')).toBe(1);
  });

  it('adds no items for a tracker that ended after it was read', async () => {
    const hub = await trackedHub();
    let resolveRead = () => {};
    const othersRead = new Promise<void>((resolve) => {
      resolveRead = resolve;
    });
    let reads = 0;
    const calls = await runTask(hub, async (call) => {
      if (call === 'actions.find' || call === 'actions.findOutlines') reads += 1;
      // The trackers were read for this chunk and later ones.
      if (reads === 2 && call.startsWith('actions.find')) await untrackMeanwhile(hub);
      if (reads >= 4) resolveRead();
      // No write notices the change before others are prepared.
      if (call === 'invalidations.since') await othersRead;
    });
    expect(feedOf(hub)).toEqual([]);
    expect(calls.get('trackers.currentVersionsOf')).toBeGreaterThan(1);
  });
});
