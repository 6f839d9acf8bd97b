/**
 * The one way in which items come into feeds, change and leave them, but for marks. A write registers its position and
 * users before it changes anything and takes them out when everybody was told (decision 7); what else changes the same
 * items at the same time is met by trying again under a later position; what the write was decided from is looked at
 * again where it may have changed meanwhile (decision 15). All of it may be done twice.
 */
import type { RemovedItem, StoredAction, StoredItem } from '../model.ts';
import type { Bus, Churn, NewId, PositionClock } from '../ports/bus.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { Stores } from '../ports/stores.ts';
import { MOST_IN_FLIGHT_MS } from '../positions.ts';
import type { Settings } from '../settings.ts';
import type { Arrival } from './arrival.ts';
import { arrive } from './arrive.ts';
import { depart, type Removal } from './depart.ts';
import { concerned, misplaced, outdated, wanted } from './recheck.ts';
import { stir } from './stir.ts';

export type { Arrival } from './arrival.ts';
export type { Removal } from './depart.ts';

export interface WriterDeps {
  clock: PositionClock;
  churn: Churn;
  bus: Bus;
  settings: Settings;
  handlers: Handlers;
  newId: NewId;
}

/** Up to about 1,000 items of any users; no id twice. */
export interface Edit {
  arrivals: readonly Arrival[];
  /** What the arrivals show, by id. */
  actions: ReadonlyMap<string, StoredAction>;
  /** Items that are to be in no feed; where they are not, nothing happens. */
  removals: readonly Removal[];
  /** Items whose actions changed, but not by another revision: told as they are now, where they are in feeds. */
  touched?: readonly Removal[];
}

export interface EditOptions {
  /** A position taken before what the edit was decided from (trackers, actions) was read. */
  since: number;
  /**
   * A position from before the work began of which this edit is a part, if it may have been begun before by someone who
   * died. What this edit finds done already, but changed since then, is told (again). Default: `since`.
   */
  begun?: number;
  /** Pushes nothing; whoever uses it calls `resetFeeds` afterwards. */
  quiet?: boolean;
  /** Look for existing items before inserting: refused duplicates are slow. */
  mayExist?: boolean;
}

interface Told {
  items: StoredItem[];
  removed: RemovedItem[];
}

/** One pass over an edit, under one position; what something else came in between is the rest. */
interface Round {
  writer: string;
  users: readonly string[];
  pos: number;
  /** Ids of the items told of. */
  told: readonly string[];
  changed: number;
  rest: Edit;
}

export class FeedWriter {
  readonly #deps: WriterDeps;
  readonly #stores: Stores;
  readonly #space: string;
  /** Positions under which this one wrote: one per edit, more only where something came in between. */
  readonly #given = new Set<number>();
  readonly #unknown = new Set<string>();

  constructor(deps: WriterDeps, stores: Stores, space: string) {
    this.#deps = deps;
    this.#stores = stores;
    this.#space = space;
  }

  /** Actions of items that it took out and that may belong in by now: `visible` could not say. */
  get unknown(): ReadonlySet<string> {
    return this.#unknown;
  }

  /** Answers how many items changed. */
  async write(edit: Edit, options: EditOptions): Promise<number> {
    let changed = 0;
    let lookFirst = options.mayExist === true;
    const rounds: Round[] = [];
    for (let rest = edit; sizeOf(rest) > 0; lookFirst = true) {
      const round = await this.#round(rest, options, lookFirst);
      rounds.push(round);
      changed += round.changed;
      rest = round.rest;
    }
    changed += await this.#recheck(edit, options);
    // Only now: of one who dies before, all of it is seen to by others.
    for (const round of rounds) await this.#end(round, options);
    return changed;
  }

  async #round(edit: Edit, options: EditOptions, lookFirst: boolean): Promise<Round> {
    const { newId, settings } = this.#deps;
    const { feeds } = this.#stores;
    const { arrivals, removals, touched = [], actions } = edit;
    const writer = newId();
    const users = [...new Set([...arrivals, ...removals, ...touched].map((item) => item.user))];
    const pos = await this.#begin(writer, users);
    const arrived = await arrive(feeds, arrivals, { pos, regroup: settings.regroup, lookFirst });
    const departed = await depart(feeds, removals, pos);
    const stirred = await stir(feeds, touched, pos);
    const told: Told = {
      items: [
        ...arrived.changed,
        ...stirred.changed,
        ...(await this.#ofOthers(arrived.existing, pos, options)),
      ],
      removed: [...departed.changed, ...(await this.#removedByOthers(departed.existing, pos, options))],
    };
    if (!options.quiet) await this.#announce(told, actions);
    return {
      ...{ writer, users, pos },
      told: [...told.items, ...told.removed].map((item) => item.id),
      changed: arrived.changed.length + departed.changed.length + stirred.changed.length,
      rest: { arrivals: arrived.rest, removals: departed.rest, touched: stirred.rest, actions },
    };
  }

  /** Takes a round out of flight, stamping and telling again what took so long that readers may have gone past it. */
  async #end({ writer, users, pos, told, rest }: Round, { quiet }: EditOptions): Promise<void> {
    const { feeds } = this.#stores;
    for (let from = pos; !(await this.#deps.clock.end(this.#space, writer)); ) {
      const next = await this.#begin(writer, users);
      if (told.length > 0) {
        await feeds.restamp(told, from, next);
        const items = await feeds.byIds(told);
        const removed = await feeds.removedByIds(told);
        if (!quiet) await this.#announce({ items, removed }, rest.actions);
      }
      from = next;
    }
  }

  async #begin(writer: string, users: readonly string[]): Promise<number> {
    const pos = await this.#deps.clock.begin(this.#space, writer, users);
    this.#given.add(pos);
    return pos;
  }

  /**
   * Of items that were there already, those to be told: whoever wrote them may have died before telling. Where that was
   * long ago readers may have gone past it, so they are stamped again.
   */
  async #ofOthers(existing: readonly StoredItem[], pos: number, options: EditOptions): Promise<StoredItem[]> {
    const found = this.#untold(existing, options);
    if (!(await this.#restampLate(found, pos))) return found;
    return this.#stores.feeds.byIds(found.map((item) => item.id));
  }

  /** As `#ofOthers`, of items that had left already. */
  async #removedByOthers(
    existing: readonly RemovedItem[],
    pos: number,
    options: EditOptions,
  ): Promise<RemovedItem[]> {
    const found = this.#untold(existing, options);
    if (!(await this.#restampLate(found, pos))) return found;
    return this.#stores.feeds.removedByIds(found.map((item) => item.id));
  }

  #untold<T extends { pos: number }>(existing: readonly T[], { since, begun = since }: EditOptions): T[] {
    return existing.filter((item) => !this.#given.has(item.pos) && item.pos >= begun);
  }

  /** Answers whether any were. */
  async #restampLate(items: ReadonlyArray<{ id: string; pos: number }>, pos: number): Promise<boolean> {
    const late = items.filter((item) => item.pos < pos - MOST_IN_FLIGHT_MS * 1_000);
    for (const from of new Set(late.map((item) => item.pos))) {
      const ids = late.filter((item) => item.pos === from).map((item) => item.id);
      await this.#stores.feeds.restamp(ids, from, pos);
    }
    return late.length > 0;
  }

  async #announce({ items, removed }: Told, actions: ReadonlyMap<string, StoredAction>): Promise<void> {
    const { bus } = this.#deps;
    if (items.length > 0) {
      const shown = await this.#shownBy(items, actions);
      await bus.publish(this.#space, { kind: 'items', items, actions: shown });
    }
    if (removed.length > 0) await bus.publish(this.#space, { kind: 'removed', items: removed });
  }

  /** Someone may have brought in a later revision than that of the edit: its content must not go over the later one. */
  async #shownBy(
    items: readonly StoredItem[],
    actions: ReadonlyMap<string, StoredAction>,
  ): Promise<StoredAction[]> {
    const shown = new Map<string, StoredAction>();
    const later = new Set<string>();
    for (const item of items) {
      const action = actions.get(item.action);
      if (action) shown.set(action.id, action);
      if (!action || action.rev < item.rev) later.add(item.action);
    }
    if (later.size > 0) {
      for (const [id, action] of await this.#stores.actions.byIds([...later])) shown.set(id, action);
    }
    return [...shown.values()];
  }

  async #recheck(edit: Edit, { since, quiet }: EditOptions): Promise<number> {
    const { clock, churn } = this.#deps;
    const names = edit.arrivals.length === 0 ? [] : await churn.since(this.#space, since);
    const suspects = concerned(edit.arrivals, edit.actions, names);
    if (suspects.length + edit.removals.length === 0) return 0;
    const position = await clock.now(this.#space);
    const place = { space: this.#space, stores: this.#stores };
    const removals = await misplaced(this.#deps, place, suspects, (entered) => this.#given.has(entered));
    const { unknown, ...back } = await wanted(this.#deps, place, edit.removals);
    for (const action of unknown) this.#unknown.add(action);
    const again = { since: position, quiet };
    const changed = await this.write({ ...back, removals }, { ...again, mayExist: true });
    const touched = await outdated(this.#stores, suspects, edit.actions);
    return changed + (await this.write({ arrivals: [], removals: [], actions: new Map(), touched }, again));
  }
}

const sizeOf = ({ arrivals, removals, touched = [] }: Edit): number =>
  arrivals.length + removals.length + touched.length;
