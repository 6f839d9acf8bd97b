/** Stores the resolutions of a batch and merges its actions, exactly once despite crashes (decision 13). */
import type { Resolution, StoredAction } from '../model/entities.ts';
import type { Position } from '../model/units.ts';
import type { ActionStore } from '../ports/actions.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { BatchRecord } from '../ports/queue.ts';
import { TimeBudget } from '../ports/time-budget.ts';
import type { Candidate } from './candidate.ts';
import { merge } from './merge.ts';
import { plan } from './plan.ts';
import { resolutionsOf } from './resolution.ts';

export interface CommitResult {
  /** The stored actions that contain the actions of the batch. */
  actions: StoredAction[];
  /** Resolutions of an earlier attempt. Empty if this is the first. */
  earlierResolutions: ReadonlyMap<string, Resolution>;
}

const MAX_CONCURRENT_MERGES = 16;

export interface CommitDeps {
  store: ActionStore;
  handlers: Handlers;
  /** The position of all writes, taken before them. */
  position: Position;
}

export async function commitBatch(
  { store, handlers, position }: CommitDeps,
  records: readonly BatchRecord[],
): Promise<CommitResult> {
  const ids = records.flatMap(({ actions }) => actions.map(({ id }) => id));
  let earlierResolutions: ReadonlyMap<string, Resolution> = new Map();
  const timeBudget = new TimeBudget();
  for (;;) {
    // After a conflict, plan again from the data stored now, because another worker resolved some of the
    // actions.
    const planned = await plan({ store, handlers, timeBudget }, records, earlierResolutions);
    const inserted = await store.insertInOrder(planned.resolutions, position);
    if (inserted < planned.resolutions.length) {
      earlierResolutions = await resolutionsOf(store, ids);
      continue;
    }
    const actions: StoredAction[] = [];
    for (let start = 0; start < planned.roots.length; start += MAX_CONCURRENT_MERGES) {
      const chunk = planned.roots.slice(start, start + MAX_CONCURRENT_MERGES);
      const stored = await Promise.all(chunk.map((root) => mergeMembers(store, root, position, timeBudget)));
      actions.push(...stored.flatMap((action) => action ?? []));
    }
    return { actions, earlierResolutions };
  }
}

/** Merges all members into the stored action. Returns null if it was deleted, and its members with it. */
async function mergeMembers(
  store: ActionStore,
  { id, stored, members }: Candidate,
  position: Position,
  timeBudget: TimeBudget,
): Promise<StoredAction | null> {
  let action: StoredAction | undefined = stored;
  while (action) {
    const { version } = action;
    const missing = members.filter(({ seq }) => seq > version);
    if (missing.length === 0) return action;
    // All missing members are merged together, so that the version exactly identifies the content. The
    // version is the maximum: combined members precede grouped ones, so the last member is not always the one
    // accepted last.
    let merged: StoredAction = action;
    let latestSeq = version;
    for (const member of missing) {
      merged = merge(merged, member.content, member.latestSeq > latestSeq);
      latestSeq = Math.max(latestSeq, member.latestSeq);
      await timeBudget.yieldToEventLoop();
    }
    merged = { ...merged, version: Math.max(...missing.map(({ seq }) => seq)) };
    if (await store.replace(merged, version, position)) return merged;
    action = (await store.byIds([id])).get(id);
  }
  return null;
}
