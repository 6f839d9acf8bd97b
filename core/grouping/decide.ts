/** Stores what becomes of the actions of a drain, and merges what is to be merged: once, whoever dies (decision 13). */
import type { Decision, StoredAction } from '../model.ts';
import { Patience } from '../patience.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { LaneEntry } from '../ports/queue.ts';
import type { ActionStore } from '../ports/stores.ts';
import { merge } from './merge.ts';
import type { Piece } from './piece.ts';
import { plan } from './plan.ts';
import { decisionsAbout } from './resolve.ts';

export interface Decided {
  /** The actions that those of the drain are, or are part of, as they are stored now. */
  actions: StoredAction[];
  /** What was decided about before; empty where no run went before this one. */
  before: ReadonlyMap<string, Decision>;
}

/** Merges stored at a time. */
const TOGETHER = 16;

export interface DecideDeps {
  store: ActionStore;
  handlers: Handlers;
  /** Under which everything is written; taken before. */
  pos: number;
}

export async function decide(
  { store, handlers, pos }: DecideDeps,
  entries: readonly LaneEntry[],
): Promise<Decided> {
  const ids = entries.flatMap(({ actions }) => actions.map(({ id }) => id));
  let before: ReadonlyMap<string, Decision> = new Map();
  const patience = new Patience();
  for (;;) {
    // Planned anew after a conflict, from what is stored now: what was read before it may be older than what won.
    const planned = await plan({ store, handlers, patience }, entries, before);
    const inserted = await store.insertInOrder(planned.decisions, pos);
    if (inserted < planned.decisions.length) {
      before = await decisionsAbout(store, ids);
      continue;
    }
    const actions: StoredAction[] = [];
    for (let start = 0; start < planned.ends.length; start += TOGETHER) {
      const some = planned.ends.slice(start, start + TOGETHER);
      const stored = await Promise.all(some.map((end) => complete(store, end, pos, patience)));
      actions.push(...stored.flatMap((action) => action ?? []));
    }
    return { actions, before };
  }
}

/** With all its members merged into it; `null` where it is gone, and they with it. */
async function complete(
  store: ActionStore,
  { id, stored, members }: Piece,
  pos: number,
  patience: Patience,
): Promise<StoredAction | null> {
  let action: StoredAction | undefined = stored;
  while (action) {
    const { rev } = action;
    const missing = members.filter(({ seq }) => seq > rev);
    if (missing.length === 0) return action;
    // None of a batch is left out, so that the revision tells exactly what is in; what was combined comes before what was
    // grouped, so that the last is not always the one that was accepted last.
    let merged: StoredAction = action;
    for (const { content } of missing) {
      merged = merge(merged, content);
      await patience.breathe();
    }
    merged = { ...merged, rev: Math.max(...missing.map(({ seq }) => seq)) };
    if (await store.replace(merged, rev, pos)) return merged;
    action = (await store.byIds([id])).get(id);
  }
  return null;
}
