/**
 * What the contract's section 6 says of a whole hub, as plainly as it can be put in code: after every step every feed is made
 * anew of all actions and all trackers. What is remembered of a feed is the marks of what was in it.
 */
import {
  keyOf,
  type ModelHandlers,
  type ModelLogged,
  newestFirst,
  type Stored,
  store,
} from '../../../dev/model/actions.ts';
import {
  arrivalOf,
  type ModelAction,
  type ModelItem,
  type ModelMark,
  type ModelObject,
  type ModelSettings,
  type ModelTracker,
  markedItem,
} from '../../../dev/model/feed.ts';

export interface ModelRules extends ModelSettings, ModelHandlers {
  regroup: 'bump' | 'keep';
  visible: (action: ModelLogged, user: string) => boolean;
}

export interface Deletion {
  actions: 'keep' | 'delete';
  description: string;
}

interface Marks {
  unread: boolean;
  seen: boolean;
}

export class ModelHub {
  readonly #rules: ModelRules;
  readonly #stored: Stored = { actions: [], into: new Map() };
  readonly #trackers = new Map<string, ModelTracker[]>();
  /** By user and action. */
  readonly #marks = new Map<string, Map<string, Marks>>();
  readonly #deleted = new Map<string, Deletion>();

  constructor(users: readonly string[], rules: ModelRules) {
    this.#rules = rules;
    for (const user of users) {
      this.#trackers.set(user, []);
      this.#marks.set(user, new Map());
    }
  }

  log(batch: readonly ModelLogged[]): void {
    this.#settle(store(this.#stored, batch, this.#rules));
  }

  /** False where it is refused: the object was deleted. */
  track(
    user: string,
    objects: readonly ModelObject[],
    now: number,
    how: { verbs: readonly string[]; actorOnly: boolean; since?: number },
  ): boolean {
    if (this.isDeletedUser(user) || objects.some((object) => this.#isClosed(user, object))) return false;
    for (const tracked of objects) {
      const createdAt = this.#trackerOf(user, tracked)?.createdAt ?? now;
      this.#replace(user, tracked, { tracked, createdAt, since: createdAt, ...how });
    }
    this.#settle();
    return true;
  }

  /** False where it is refused: verbs cannot be taken from a tracker of all verbs. Then nothing changes. */
  untrack(user: string, objects: readonly ModelObject[], verbs?: readonly string[]): boolean {
    const named = objects.flatMap((object) => this.#trackerOf(user, object) ?? []);
    if (verbs && named.some((tracker) => tracker.verbs.length === 0)) return false;
    for (const tracker of named) {
      const left = verbs ? tracker.verbs.filter((verb) => !verbs.includes(verb)) : [];
      this.#replace(user, tracker.tracked, left.length > 0 ? { ...tracker, verbs: left } : null);
    }
    this.#settle();
    return true;
  }

  /** Answers how many items changed. */
  mark(user: string, mark: ModelMark, isNamed: (item: ModelItem) => boolean): number {
    let changed = 0;
    for (const item of this.feed(user)) {
      if (!isNamed(item)) continue;
      const { unread, seen } = markedItem(item, mark);
      if (unread !== item.unread || seen !== item.seen) changed += 1;
      this.#marks.get(user)?.set(item.action, { unread, seen });
    }
    return changed;
  }

  /** Takes out the action that the id ended in; false where there is none. */
  recall(id: string): boolean {
    const end = this.endOf(id);
    const isThere = this.#stored.actions.some((action) => action.id === end);
    this.#stored.actions = this.#stored.actions.filter((action) => action.id !== end);
    this.#settle();
    return isThere;
  }

  delete(object: ModelObject, deletion: Deletion): void {
    const key = keyOf(object);
    const known = this.#deleted.get(key);
    // For good: said again it changes nothing.
    if (known?.actions === 'delete') return;
    this.#deleted.set(key, { ...deletion, ...(known && { description: known.description }) });
    if (object.type === 'user' && object.id !== undefined) {
      this.#trackers.set(object.id, []);
      this.#marks.set(object.id, new Map());
    }
    if (deletion.actions === 'delete') {
      const takesPart = ({ actor, targets, related }: ModelLogged) =>
        [...(actor ? [actor] : []), ...targets, ...related].some((each) => keyOf(each) === key);
      this.#stored.actions = this.#stored.actions.filter((action) => !takesPart(action));
      for (const user of this.#trackers.keys()) this.#replace(user, object, null);
    }
    this.#settle();
  }

  isDeletedUser(user: string): boolean {
    return this.#deleted.has(`user:${user}`);
  }

  descriptionOf(object: ModelObject): string | null {
    return this.#deleted.get(keyOf(object))?.description ?? null;
  }

  /** Newest first. */
  actions(): ModelLogged[] {
    return [...this.#stored.actions].sort(newestFirst);
  }

  trackersOf(user: string): readonly ModelTracker[] {
    return this.#trackers.get(user) ?? [];
  }

  /** What the id stands for. */
  endOf(id: string): string {
    const next = this.#stored.into.get(id);
    return next === undefined ? id : this.endOf(next);
  }

  /** The feed with the user's own actions. */
  feedWithOwn(user: string): ModelItem[] {
    const feed = this.feed(user);
    const inFeed = new Set(feed.map((item) => item.action));
    const own = this.#stored.actions.filter(
      ({ id, actor, level }) =>
        !inFeed.has(id) && actor && keyOf(actor) === `user:${user}` && level >= this.#rules.readableLevel,
    );
    const added = own.map((action) => ({
      action: action.id,
      at: this.#placeOf(action),
      unread: false,
      seen: true,
    }));
    return [...feed, ...added].sort(newestItemFirst);
  }

  /** Newest first, ties by id. */
  feed(user: string): ModelItem[] {
    const marks = this.#marks.get(user);
    return this.#stored.actions
      .flatMap((action) => {
        const own = marks?.get(action.id);
        return own ? [{ action: action.id, at: this.#placeOf(action), ...own }] : [];
      })
      .sort(newestItemFirst);
  }

  counts(user: string): { unread: number; unseen: number; capped: boolean } {
    const items = this.feed(user);
    const unread = items.filter((item) => item.unread).length;
    return { unread, unseen: items.filter((item) => !item.seen).length, capped: false };
  }

  /** Makes the feeds anew. `gained`: actions of which items that are there already are bumped. */
  #settle(gained: ReadonlySet<string> = new Set()): void {
    for (const user of this.#marks.keys()) {
      const known = this.#marks.get(user);
      const marks = new Map<string, Marks>();
      for (const action of this.#stored.actions) {
        const arrival = this.#arrivalOf(action, user);
        if (!arrival) continue;
        const isBumped = this.#rules.regroup === 'bump' && gained.has(action.id);
        marks.set(action.id, (!isBumped && known?.get(action.id)) || arrival);
      }
      this.#marks.set(user, marks);
    }
  }

  #arrivalOf(action: ModelLogged, user: string): Marks | null {
    if (this.isDeletedUser(user) || !this.#rules.visible(action, user)) return null;
    const placed: ModelAction = { ...action, at: this.#placeOf(action) };
    const item = arrivalOf(placed, user, this.trackersOf(user), this.#rules);
    return item && { unread: item.unread, seen: item.seen };
  }

  #placeOf(action: ModelLogged): number {
    return this.#rules.regroup === 'bump' ? action.updatedAt : action.timestamp;
  }

  /** Whether nobody can begin to follow it any more. */
  #isClosed(user: string, object: ModelObject): boolean {
    return object.id !== undefined && this.#deleted.has(keyOf(object)) && !this.#trackerOf(user, object);
  }

  #trackerOf(user: string, object: ModelObject): ModelTracker | undefined {
    return this.trackersOf(user).find((tracker) => isSame(tracker.tracked, object));
  }

  #replace(user: string, object: ModelObject, tracker: ModelTracker | null): void {
    const others = this.trackersOf(user).filter((each) => !isSame(each.tracked, object));
    this.#trackers.set(user, tracker ? [...others, tracker] : others);
  }
}

const newestItemFirst = (left: ModelItem, right: ModelItem): number =>
  right.at - left.at || (left.action < right.action ? 1 : -1);

const isSame = (left: ModelObject, right: ModelObject): boolean =>
  left.type === right.type && left.id === right.id;
