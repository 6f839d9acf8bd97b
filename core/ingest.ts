/** What a worker does with the actions of a lane: decide, store, then bring into feeds (decisions 1 to 3, 13). */
import { announceActions } from './actions/announce.ts';
import { applyDeletions } from './deletion/ingest.ts';
import { audienceOf, type FanOutDeps, fanOutNow } from './fanout.ts';
import { decide } from './grouping/decide.ts';
import type { StoredAction } from './model.ts';
import type { LaneEntry, Lanes } from './ports/queue.ts';
import type { Stores } from './ports/stores.ts';
import { MOST_IN_FLIGHT_MS } from './positions.ts';

export interface IngestDeps extends FanOutDeps {
  lanes: Lanes;
}

/** Actions taken from a lane at a time. */
export const DRAIN = 500;

/**
 * Handles the oldest entries of a lane; returns how many actions they held. Run twice, or by two workers at once, it
 * changes nothing more.
 */
export async function drainLane(
  deps: IngestDeps,
  space: string,
  lane: number,
  most = DRAIN,
): Promise<number> {
  const entries = await deps.lanes.read(space, lane, most);
  const [first, last] = [entries[0], entries.at(-1)];
  if (!first || !last) return 0;
  const ids = entries.flatMap((entry) => entry.actions.map((action) => action.id));
  const drained = await ingest(deps, space, entries);
  if (drained.done) {
    await deps.lanes.acknowledge(space, lane, entries);
    return ids.length;
  }
  // Entries of other lanes may have the same id, and a later run may find more behind the first.
  await deps.fanOutQueue.add(`${space}.${lane}.${first.id}.${last.id}`, {
    space,
    actions: ids,
    again: drained.again,
    done: { key: null, user: null },
  });
  await deps.lanes.drop(space, lane, entries);
  return ids.length;
}

interface Drained {
  /** Whether feeds are up to date; otherwise they are to be served off the lane. */
  done: boolean;
  /** Whether items of these may be in feeds already. */
  again: boolean;
}

async function ingest(deps: IngestDeps, space: string, entries: readonly LaneEntry[]): Promise<Drained> {
  const stores = await deps.spaces.writer(space);
  const since = await deps.clock.now(space);
  const decided = await decide({ store: stores.actions, handlers: deps.handlers, pos: since }, entries);
  const again = decided.before.size > 0;
  // Trackers, and what was deleted, are read only now: what is made, or deleted, later finds the action stored.
  const [audience, actions] = await Promise.all([
    audienceOf(deps, stores, readable(deps, decided.actions)),
    applyDeletions(deps, { space, stores }, decided.actions),
  ]);
  const batch = { space, actions: readable(deps, actions), since, again };
  const [served] = await Promise.all([
    fanOutNow(deps, batch, audience),
    announce(deps, stores, { space, actions, since, again }),
  ]);
  return { done: served === 'done', again: again || served === 'late' };
}

const readable = ({ settings }: IngestDeps, actions: readonly StoredAction[]): StoredAction[] =>
  actions.filter((action) => action.level >= settings.readableLevel);

interface Announcement {
  space: string;
  actions: readonly StoredAction[];
  since: number;
  again: boolean;
}

/**
 * Tells those who watch objects; also of what an earlier run stored, which may have told nobody. That, and what was in
 * flight for too long, is stamped again: whoever asks what it missed may have gone past it (decision 7).
 */
async function announce(deps: IngestDeps, stores: Stores, told: Announcement): Promise<void> {
  const { space, actions, since, again } = told;
  if (actions.length === 0) return;
  let pos = since;
  for (let isOpen = again; ; isOpen = false) {
    const now = await deps.clock.now(space);
    if (!isOpen && now - pos <= MOST_IN_FLIGHT_MS * 1_000) break;
    await stores.actions.restamp(
      actions.map((action) => action.id),
      now,
    );
    pos = now;
  }
  await announceActions(deps, { space, stores }, actions, { since, pos });
}
