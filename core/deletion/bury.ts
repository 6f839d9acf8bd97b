/** Ending actions: recalled, or gone with an object. What is gone stays gone, and leaves feeds and watches. */
import { FeedWriter, type Removal } from '../feed/writer.ts';
import { actionKeys } from '../keys.ts';
import type { StoredAction } from '../model.ts';
import { actionChurn } from '../ports/bus.ts';
import type { Chore } from '../ports/queue.ts';
import type { DeletionDeps, Place } from './deps.ts';
import type { QuietUsers } from './quiet.ts';

/** Items taken out of feeds at once. */
const TOGETHER = 1_000;

/** Takes items of actions that are gone out of feeds. */
export class Departures {
  readonly #quiet: QuietUsers | null;
  readonly #deps: DeletionDeps;
  readonly #place: Place;
  readonly #writer: FeedWriter;

  /** Without `quiet` everybody is told one by one. */
  constructor(deps: DeletionDeps, place: Place, quiet: QuietUsers | null = null) {
    this.#quiet = quiet;
    this.#deps = deps;
    this.#place = place;
    this.#writer = new FeedWriter(deps, place.stores, place.space);
  }

  /** Up to `most` items, and some more; answers whether these were all. */
  async take(actions: readonly string[], most = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { feeds } = this.#place.stores;
    let taken = 0;
    for (let after: string | null = null; taken < most; ) {
      const since = await this.#deps.clock.now(this.#place.space);
      const items: Removal[] = await feeds.ofActions(actions, after, TOGETHER);
      const { told, quiet } = (await this.#quiet?.split(items)) ?? { told: items, quiet: [] };
      await this.#remove(told, since, false);
      await this.#remove(quiet, since, true);
      if (items.length < TOGETHER) return true;
      taken += items.length;
      after = items.at(-1)?.id ?? null;
    }
    return false;
  }

  async #remove(items: readonly Removal[], since: number, quiet: boolean): Promise<void> {
    if (items.length === 0) return;
    const removals = items.map(({ id, user, action }) => ({ id, user, action }));
    const edit = { arrivals: [], actions: new Map<string, StoredAction>(), removals };
    await this.#writer.write(edit, { since, quiet });
  }
}

/**
 * Makes these actions gone, stored or not, for whoever reads or watches; their items are to be taken out of feeds by the
 * caller, whatever becomes of it. Answers those that were there.
 */
export async function end(
  deps: DeletionDeps,
  { space, stores }: Place,
  ids: readonly string[],
): Promise<StoredAction[]> {
  const names = ids.map(actionChurn);
  await deps.churn.begin(space, names);
  const pos = await deps.clock.now(space);
  const gone = await stores.actions.bury(ids, pos);
  await deps.churn.done(space, names);
  if (gone.length > 0) {
    const removed = gone.map((action) => ({ id: action.id, keys: actionKeys(action) }));
    await deps.bus.publish(space, { kind: 'actions', actions: [], removed, pos });
  }
  return gone;
}

/**
 * Ends a few actions and takes them out of feeds: up to `most` items and some more at once, what is left, or where the
 * caller dies all of it, by chores of theirs.
 */
export async function bury(
  deps: DeletionDeps,
  place: Place,
  ids: readonly string[],
  most?: number,
): Promise<void> {
  const { space } = place;
  const chores = ids.map((action): Chore => ({ kind: 'recall', action }));
  const owed = await deps.chores.lease(space, chores);
  await end(deps, place, ids);
  if (await new Departures(deps, place).take(ids, most)) await deps.chores.doneAll(space, owed);
  else await deps.chores.ready(space, owed);
}
