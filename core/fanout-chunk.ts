/** One chunk of a fan-out: decides how items arrive, writes them, and tells the gateways. */
import { itemId } from './keys.ts';
import { arrival, isOwn, matches, placeOf, rolesByKey } from './matching.ts';
import type { StoredAction, StoredItem, TrackerMatch } from './model.ts';
import type { Bus, NewId, PositionClock } from './ports/bus.ts';
import type { Stores } from './ports/stores.ts';
import type { Settings } from './settings.ts';

export interface ChunkWriterDeps {
  clock: PositionClock;
  bus: Bus;
  settings: Settings;
  newId: NewId;
}

/** An action and a user it reaches: by this tracker, or (`null`) by being named in `notify`. */
export interface Pairing {
  action: StoredAction;
  user: string;
  tracker: TrackerMatch | null;
}

type Unplaced = Omit<StoredItem, 'pos'>;

export class ChunkWriter {
  readonly #deps: ChunkWriterDeps;
  readonly #stores: Stores;
  readonly #batch: { space: string; again: boolean };

  constructor(deps: ChunkWriterDeps, stores: Stores, batch: { space: string; again: boolean }) {
    this.#deps = deps;
    this.#stores = stores;
    this.#batch = batch;
  }

  /** Each entry holds the pairings of one item. */
  async write(chunk: ReadonlyArray<readonly Pairing[]>): Promise<void> {
    const items = await this.#arrivals(chunk);
    if (items.length === 0) return;
    const actions = new Map(
      chunk.flatMap(([pairing]) => (pairing ? [[pairing.action.id, pairing.action]] : [])),
    );
    await this.#store(items, actions);
  }

  async #arrivals(chunk: ReadonlyArray<readonly Pairing[]>): Promise<Unplaced[]> {
    const { settings } = this.#deps;
    const others = await this.#otherTrackers(chunk);
    const items: Unplaced[] = [];
    for (const pairings of chunk) {
      const [first] = pairings;
      if (!first) continue;
      const { action, user } = first;
      const matching = this.#inDoubt(first, pairings)
        ? matchingOf(others.get(user) ?? [], action)
        : pairings.flatMap(({ tracker }) => tracker ?? []);
      const how = arrival(action, user, matching, settings);
      if (how === 'hidden') continue;
      const unread = how === 'unread';
      items.push({
        id: itemId(action.id, user),
        user,
        action: action.id,
        at: placeOf(action),
        unread,
        seen: !unread,
      });
    }
    return items;
  }

  /**
   * Whether an item arrives unread depends on every matching tracker of its user, and this chunk may hold only
   * one of them. Where that one says "read", all trackers of the user are looked up.
   */
  async #otherTrackers(chunk: ReadonlyArray<readonly Pairing[]>): Promise<Map<string, TrackerMatch[]>> {
    const users = new Set<string>();
    const keys = new Set<string>();
    for (const pairings of chunk) {
      const [first] = pairings;
      if (!first || !this.#inDoubt(first, pairings)) continue;
      users.add(first.user);
      for (const key of rolesByKey(first.action).keys()) keys.add(key);
    }
    const found = new Map<string, TrackerMatch[]>([...users].map((user) => [user, []]));
    if (users.size === 0) return found;
    for (const tracker of await this.#stores.trackers.ofUsers([...users], [...keys])) {
      found.get(tracker.user)?.push(tracker);
    }
    return found;
  }

  #inDoubt({ action, user }: Pairing, pairings: readonly Pairing[]): boolean {
    const { settings } = this.#deps;
    if (isOwn(action, user, settings) && settings.ownActions !== 'unread') return false;
    if (action.notify.includes(user)) return false;
    return !pairings.some(({ tracker }) => tracker && placeOf(action) >= tracker.since);
  }

  /** Decision 7: registered before the write, taken out after the push, stamped again where that took long. */
  async #store(items: readonly Unplaced[], actions: ReadonlyMap<string, StoredAction>): Promise<void> {
    const { clock, newId } = this.#deps;
    const { space, again } = this.#batch;
    const { feeds } = this.#stores;
    const writer = newId();
    const users = [...new Set(items.map((item) => item.user))];
    let pos = await clock.begin(space, writer, users);
    const stamped = items.map((item): StoredItem => ({ ...item, pos }));
    const known = new Set(await feeds.insert(stamped));
    const fresh = known.size === 0 ? stamped : stamped.filter((item) => !known.has(item.id));
    // An item that was there came from another tracker of the same user, who knows of it, or from a run that
    // died, and then perhaps before it told anyone.
    const found = again && known.size > 0 ? await feeds.byIds([...known]) : [];
    await this.#announce([...fresh, ...found], actions);
    while (!(await clock.end(space, writer))) {
      const next = await clock.begin(space, writer, users);
      await feeds.restamp(
        fresh.map((item) => item.id),
        pos,
        next,
      );
      pos = next;
      await this.#announce(await feeds.byIds(fresh.map((item) => item.id)), actions);
    }
  }

  async #announce(items: StoredItem[], actions: ReadonlyMap<string, StoredAction>): Promise<void> {
    if (items.length === 0) return;
    const shown = new Set(items.map((item) => item.action));
    await this.#deps.bus.publish(this.#batch.space, {
      kind: 'items',
      items,
      actions: [...actions.values()].filter((action) => shown.has(action.id)),
    });
  }
}

function matchingOf(trackers: readonly TrackerMatch[], action: StoredAction): TrackerMatch[] {
  const roles = rolesByKey(action);
  return trackers.filter((each) => matches(each, roles.get(each.key), action.verb));
}
