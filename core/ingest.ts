/** What a worker does with the actions of a lane: store them, then bring them into feeds (decisions 1 to 3). */
import { type FanOutDeps, fanOutNow } from './fanout.ts';
import type { AcceptedAction, StoredAction } from './model.ts';
import type { FanOutQueue, Lanes } from './ports/queue.ts';
import type { ActionStore } from './ports/stores.ts';

export interface IngestDeps extends FanOutDeps {
  lanes: Lanes;
  fanOutQueue: FanOutQueue;
}

/** Actions taken from a lane at a time. */
export const DRAIN = 500;

/**
 * Handles the oldest entries of a lane; answers how many there were. Run twice, or by two workers at once, it
 * changes nothing more.
 */
export async function drainLane(
  deps: IngestDeps,
  space: string,
  lane: number,
  most = DRAIN,
): Promise<number> {
  const entries = await deps.lanes.read(space, lane, most);
  const first = entries[0];
  const last = entries.at(-1);
  if (!first || !last) return 0;
  const accepted = entries.flatMap((entry) => entry.actions);
  const stores = await deps.spaces.writer(space);
  await store(stores.actions, accepted);
  // Trackers are read only now: a tracker made earlier is met here, one made later finds the action stored.
  const actions = accepted.filter((action) => action.level >= deps.settings.readableLevel).map(stored);
  const done = actions.length === 0 || (await fanOutNow(deps, { space, actions }));
  if (done) {
    await deps.lanes.settle(
      space,
      accepted.map((action) => action.id),
    );
  } else {
    // Entries of other lanes may have the same id, and a later run may find more behind the first.
    await deps.fanOutQueue.add(`${space}.${lane}.${first.id}.${last.id}`, {
      space,
      actions: accepted.map((action) => action.id),
      done: { keys: 0, user: null },
    });
  }
  await deps.lanes.drop(
    space,
    lane,
    entries.map((entry) => entry.id),
  );
  return entries.length;
}

/** Stores in order; what is there already an earlier run stored, or another worker. */
async function store(actions: ActionStore, accepted: readonly AcceptedAction[]): Promise<void> {
  let rest = accepted.map(stored);
  while (rest.length > 0) {
    const inserted = await actions.insertInOrder(rest);
    if (inserted === rest.length) return;
    const known = await actions.byIds(rest.map((action) => action.id));
    rest = rest.filter((action) => !known.has(action.id));
  }
}

const stored = ({ groupingDelay: _, ...action }: AcceptedAction): StoredAction => action;
