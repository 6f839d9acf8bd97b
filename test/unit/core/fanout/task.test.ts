import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { processPartitions } from '../../../../core/fanout/process-partitions.ts';
import { type FanOutRun, runFanOutTask } from '../../../../core/fanout/task.ts';
import { track } from '../../../../core/trackers/track.ts';
import { untrack } from '../../../../core/trackers/untrack.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { trackInput, untrackInput } from '../../../../protocol/schemas/trackers.ts';
import { MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';

const users = ['ada', 'bob', 'cy', 'dan', 'eve', 'fay'];
/** Every fan-out is a job, which reads one tracker at a time. */
const oneByOne = { inline: { trackers: 0, items: 0 }, chunkSize: 1, checkpointEvery: 2, connectedFirst: 1 };

/** A hub with a queued fan-out of one action to all users, in order of their names. */
async function withQueuedFanOut() {
  const hub = new MemoryHub({ bounds: oneByOne });
  for (const user of users)
    await track(hub.deps, principal(user), [
      { user, input: trackInput.parse({ to: 'project:p1' }), pathPrefix: '' },
    ]);
  const actions = batch.parse([{ actor: 'project:p1', verb: 'opened' }]);
  await acceptActions(hub.deps, service, { actions, batch: true });
  for (const partition of hub.queue.busyPartitions(SPACE))
    await processPartitions(hub.deps, SPACE, [partition]);
  return hub;
}

const recipients = (hub: MemoryHub) => hub.stores.feeds.all().map((item) => item.user);

/** Runs the queued job once. Returns its outcome. */
async function runJob(hub: MemoryHub, run: Partial<FanOutRun>, deps = hub.deps) {
  let outcome: string | undefined;
  await hub.fanOutQueue.runNext(async (task, isRetry, saveCheckpoint) => {
    outcome = await runFanOutTask(deps, task, { isRetry, saveCheckpoint, isStopping: () => false, ...run });
  });
  return outcome;
}

describe('a fan-out job', () => {
  it('saves a checkpoint only when every feed up to it is up to date', async () => {
    const hub = await withQueuedFanOut();
    const checkpoints: Array<{ user: string | null; served: string[] }> = [];
    const saveCheckpoint: FanOutRun['saveCheckpoint'] = async ({ user }) => {
      checkpoints.push({ user, served: recipients(hub) });
    };
    expect(await runJob(hub, { saveCheckpoint })).toBe('done');
    expect(checkpoints.map(({ user }) => user)).toEqual(['bob', 'dan', 'fay']);
    for (const { user, served } of checkpoints)
      expect(served).toEqual(expect.arrayContaining(users.filter((each) => each <= (user ?? ''))));
    expect(recipients(hub).sort()).toEqual(users);
  });

  it('serves further users while a checkpoint is being saved', async () => {
    const hub = await withQueuedFanOut();
    let servedMeanwhile: string[] = [];
    const saveCheckpoint: FanOutRun['saveCheckpoint'] = async ({ user }) => {
      if (user !== 'bob') return;
      for (let turn = 0; turn < 100 && recipients(hub).length < 4; turn += 1) await new Promise(setImmediate);
      servedMeanwhile = recipients(hub).sort();
    };
    await runJob(hub, { saveCheckpoint });
    expect(servedMeanwhile).toEqual(['ada', 'bob', 'cy', 'dan']);
  });

  it('fails if a checkpoint cannot be saved', async () => {
    const hub = await withQueuedFanOut();
    const saveCheckpoint = () => Promise.reject(new Error('not saved'));
    await expect(runJob(hub, { saveCheckpoint })).rejects.toThrow('not saved');
  });

  it('stops with a checkpoint when its process stops, and is continued from there', async () => {
    const hub = await withQueuedFanOut();
    const saved: Array<string | null> = [];
    await hub.fanOutQueue.runNext(async (task) => {
      const outcome = await runFanOutTask(hub.deps, task, {
        isRetry: false,
        saveCheckpoint: async ({ user }) => void saved.push(user),
        isStopping: () => recipients(hub).length >= 2,
      });
      expect(outcome).toBe('stopped');
      const served = recipients(hub).sort();
      expect(served.length).toBeLessThan(users.length);
      expect(served).toEqual(users.slice(0, served.length));
      expect(saved.at(-1)).toBe(served.at(-1));
      const rest = { ...task, checkpoint: { key: 'project:p1', user: served.at(-1) ?? null } };
      const run = { isRetry: true, saveCheckpoint: async () => undefined, isStopping: () => false };
      expect(await runFanOutTask(hub.deps, rest, run)).toBe('done');
    });
    expect(recipients(hub).sort()).toEqual(users);
  });

  it('delivers nothing to a user who untracked after the tracker was read ahead', async () => {
    for (const leaver of users) {
      const hub = await withQueuedFanOut();
      let hasLeft = false;
      const deps = hub.process(async (method, port) => {
        // A checkpoint takes a new position. The next tracker was read before that.
        if (hasLeft || port !== 'clock' || method !== 'now' || recipients(hub).length < 2) return;
        hasLeft = true;
        const input = untrackInput.parse({ from: 'project:p1' });
        await untrack(hub.deps, principal(leaver), leaver, input);
      });
      await runJob(hub, {}, deps);
      await hub.work();
      expect(hasLeft).toBe(true);
      expect(recipients(hub).sort()).toEqual(users.filter((user) => user !== leaver));
    }
  });
});
