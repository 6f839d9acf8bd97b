/** One chunk of a fan-out: decides how items arrive, writes them, and tells the gateways. */
import { itemId, trackerId } from './keys.ts';
import { arrival, isOwn, matches, placeOf, rolesByKey } from './matching.ts';
import type { StoredAction, StoredItem, TrackerMatch } from './model.ts';
import type { Bus, NewId, PositionClock } from './ports/bus.ts';
import type { Stores } from './ports/stores.ts';
import { MOST_IN_FLIGHT_MS } from './positions.ts';
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
  readonly #space: string;
  /** Positions under which this run wrote: one per chunk, more only where writing took long. */
  readonly #given = new Set<number>();

  constructor(deps: ChunkWriterDeps, stores: Stores, space: string) {
    this.#deps = deps;
    this.#stores = stores;
    this.#space = space;
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
    const ids = new Set<string>();
    const found = new Map<string, TrackerMatch[]>();
    for (const pairings of chunk) {
      const [first] = pairings;
      if (!first || !this.#inDoubt(first, pairings)) continue;
      found.set(first.user, []);
      for (const key of rolesByKey(first.action).keys()) ids.add(trackerId(first.user, key));
    }
    if (ids.size === 0) return found;
    for (const tracker of await this.#stores.trackers.byIds([...ids])) found.get(tracker.user)?.push(tracker);
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
    const { feeds } = this.#stores;
    const writer = newId();
    const users = [...new Set(items.map((item) => item.user))];
    let pos = await this.#begin(writer, users);
    const stamped = items.map((item): StoredItem => ({ ...item, pos }));
    const known = new Set(await feeds.insert(stamped));
    const fresh = known.size === 0 ? stamped : stamped.filter((item) => !known.has(item.id));
    const told = [...fresh, ...(await this.#ofOthers([...known], pos))];
    await this.#announce(told, actions);
    const ids = told.map((item) => item.id);
    while (!(await clock.end(this.#space, writer))) {
      const next = await this.#begin(writer, users);
      await feeds.restamp(ids, pos, next);
      pos = next;
      await this.#announce(await feeds.byIds(ids), actions);
    }
  }

  async #begin(writer: string, users: readonly string[]): Promise<number> {
    const pos = await this.#deps.clock.begin(this.#space, writer, users);
    this.#given.add(pos);
    return pos;
  }

  /**
   * Of items that were there already, those that this run did not write: a run that died did, or another worker with
   * the same work, and perhaps told nobody. Where that was long ago readers may have gone past it, so they are
   * stamped again.
   */
  async #ofOthers(known: readonly string[], pos: number): Promise<StoredItem[]> {
    if (known.length === 0) return [];
    const { feeds } = this.#stores;
    const found = (await feeds.byIds(known)).filter((item) => !this.#given.has(item.pos));
    const late = found.filter((item) => item.pos < pos - MOST_IN_FLIGHT_MS * 1_000);
    if (late.length === 0) return found;
    for (const from of new Set(late.map((item) => item.pos))) {
      const ids = late.filter((item) => item.pos === from).map((item) => item.id);
      await feeds.restamp(ids, from, pos);
    }
    return feeds.byIds(found.map((item) => item.id));
  }

  async #announce(items: StoredItem[], actions: ReadonlyMap<string, StoredAction>): Promise<void> {
    if (items.length === 0) return;
    const shown = new Set(items.map((item) => item.action));
    await this.#deps.bus.publish(this.#space, {
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
