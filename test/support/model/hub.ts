/**
 * The simplest possible implementation of docs/rules.md: after every step it rebuilds every feed from all
 * actions and all trackers. The only state of a feed is the marks and states of its items.
 */
import {
  keyOf,
  type ModelHandlers,
  type ModelLoggedAction,
  type ModelStore,
  newestFirst,
  storeBatch,
} from '../../../dev/model/actions.ts';
import {
  applyMark,
  applyMove,
  itemFor,
  type ModelAction,
  type ModelItem,
  type ModelMark,
  type ModelMove,
  type ModelObject,
  type ModelSettings,
  type ModelTracker,
} from '../../../dev/model/feed.ts';

export interface ModelRules extends ModelSettings, ModelHandlers {
  regroup: 'bump' | 'keep';
  visible: (action: ModelLoggedAction, user: string) => boolean;
}

export interface Deletion {
  actions: 'keep' | 'delete';
  description: string;
}

interface Marks {
  unread: boolean;
  seen: boolean;
  aside?: 'archived' | number;
  /** The sort time of an item whose snooze has ended. Otherwise it follows from the action. */
  at?: number;
}

/** What a call selects: items by ids in any state, otherwise of one state. */
export interface ModelSelection {
  isNamed: (item: ModelItem) => boolean;
  byIds: boolean;
}

export class ModelHub {
  readonly #rules: ModelRules;
  readonly #stored: ModelStore = { actions: [], mergedInto: new Map() };
  readonly #trackers = new Map<string, ModelTracker[]>();
  /** By user and action. */
  readonly #marks = new Map<string, Map<string, Marks>>();
  readonly #deleted = new Map<string, Deletion>();
  /** The registered names of objects. */
  readonly #names = new Map<string, string>();

  constructor(users: readonly string[], rules: ModelRules) {
    this.#rules = rules;
    for (const user of users) {
      this.#trackers.set(user, []);
      this.#marks.set(user, new Map());
    }
  }

  log(batch: readonly ModelLoggedAction[]): void {
    this.#rebuildFeeds(storeBatch(this.#stored, batch, this.#rules));
  }

  /** Returns false if the call is refused because the object was deleted. */
  track(
    user: string,
    objects: readonly ModelObject[],
    now: number,
    options: { verbs: readonly string[]; actorOnly: boolean; since?: number },
  ): boolean {
    if (this.isDeletedUser(user) || objects.some((object) => this.#isClosedToFollowers(user, object)))
      return false;
    for (const tracked of objects) {
      const createdAt = this.#trackerOf(user, tracked)?.createdAt ?? now;
      this.#replace(user, tracked, { tracked, createdAt, since: createdAt, ...options });
    }
    this.#rebuildFeeds();
    return true;
  }

  /** Returns false, and changes nothing, if verbs would be removed from a tracker of all verbs. */
  untrack(user: string, objects: readonly ModelObject[], verbs?: readonly string[]): boolean {
    const named = objects.flatMap((object) => this.#trackerOf(user, object) ?? []);
    if (verbs && named.some((tracker) => tracker.verbs.length === 0)) return false;
    for (const tracker of named) {
      const remaining = verbs ? tracker.verbs.filter((verb) => !verbs.includes(verb)) : [];
      this.#replace(user, tracker.tracked, remaining.length > 0 ? { ...tracker, verbs: remaining } : null);
    }
    this.#rebuildFeeds();
    return true;
  }

  /** Returns the number of changed items. */
  mark(user: string, mark: ModelMark, { isNamed, byIds }: ModelSelection): number {
    const isSelected = (item: ModelItem) => (byIds || item.aside === undefined) && isNamed(item);
    return this.#change(user, isSelected, (marks) => applyMark(marks, mark));
  }

  /** Returns the number of changed items. */
  move(user: string, move: ModelMove, { isNamed, byIds }: ModelSelection, until: number): number {
    const state = move === 'unarchive' ? 'archived' : undefined;
    const isSelected = (item: ModelItem) => (byIds || item.aside === state) && isNamed(item);
    return this.#change(user, isSelected, (marks) => applyMove(marks, move, until));
  }

  /** Returns the items to the inbox whose snooze has ended. */
  endSnoozes(now: number): void {
    for (const marks of this.#marks.values()) {
      for (const [action, { aside }] of marks) {
        if (typeof aside === 'number' && aside <= now)
          marks.set(action, { unread: true, seen: false, at: aside });
      }
    }
  }

  #change(user: string, isSelected: (item: ModelItem) => boolean, change: (marks: Marks) => Marks): number {
    const marks = this.#marks.get(user);
    let changed = 0;
    for (const item of this.all(user)) {
      const before = marks?.get(item.action);
      if (!before || !isSelected(item)) continue;
      const after = change(before);
      const isSame =
        after.unread === before.unread && after.seen === before.seen && after.aside === before.aside;
      if (!isSame) changed += 1;
      marks?.set(item.action, after);
    }
    return changed;
  }

  /** Removes the action that the id resolves to. Returns false if there is none. */
  recall(id: string): boolean {
    const resolvedId = this.resolvedIdOf(id);
    const isThere = this.#stored.actions.some((action) => action.id === resolvedId);
    this.#stored.actions = this.#stored.actions.filter((action) => action.id !== resolvedId);
    this.#rebuildFeeds();
    return isThere;
  }

  /** Without a name, the object is shown as it was logged. */
  register(object: ModelObject, name?: string): void {
    if (this.#deleted.has(keyOf(object))) return;
    if (name === undefined) this.#names.delete(keyOf(object));
    else this.#names.set(keyOf(object), name);
  }

  delete(object: ModelObject, deletion: Deletion): void {
    const key = keyOf(object);
    const known = this.#deleted.get(key);
    // A deletion with its actions is final.
    if (known?.actions === 'delete') return;
    this.#deleted.set(key, { ...deletion, ...(known && { description: known.description }) });
    if (object.type === 'user' && object.id !== undefined) {
      this.#names.delete(key);
      this.#trackers.set(object.id, []);
      this.#marks.set(object.id, new Map());
    }
    if (deletion.actions === 'delete') {
      const isInvolved = ({ actor, targets, related }: ModelLoggedAction) =>
        [...(actor ? [actor] : []), ...targets, ...related].some((each) => keyOf(each) === key);
      this.#stored.actions = this.#stored.actions.filter((action) => !isInvolved(action));
      for (const user of this.#trackers.keys()) this.#replace(user, object, null);
    }
    this.#rebuildFeeds();
  }

  isDeletedUser(user: string): boolean {
    return this.#deleted.has(`user:${user}`);
  }

  descriptionOf(object: ModelObject): string | null {
    return this.#deleted.get(keyOf(object))?.description ?? null;
  }

  /** The registered name. */
  nameOf(object: ModelObject): string | undefined {
    return this.#names.get(keyOf(object));
  }

  /** Newest first. */
  actions(): ModelLoggedAction[] {
    return [...this.#stored.actions].sort(newestFirst);
  }

  trackersOf(user: string): readonly ModelTracker[] {
    return this.#trackers.get(user) ?? [];
  }

  /** The id of the action that this one was merged into, or the id itself. */
  resolvedIdOf(id: string): string {
    const next = this.#stored.mergedInto.get(id);
    return next === undefined ? id : this.resolvedIdOf(next);
  }

  /** The feed with the user's own actions. */
  feedWithOwn(user: string): ModelItem[] {
    const feed = this.feed(user);
    const inFeed = new Set(this.all(user).map((item) => item.action));
    const own = this.#stored.actions.filter(
      ({ id, actor, level }) =>
        !inFeed.has(id) && actor && keyOf(actor) === `user:${user}` && level >= this.#rules.readableLevel,
    );
    const ownItems = own.map((action) => ({
      action: action.id,
      at: this.#feedTimeOf(action),
      unread: false,
      seen: true,
    }));
    return [...feed, ...ownItems].sort(newestItemFirst);
  }

  /** The inbox, newest first, ties by id. */
  feed(user: string): ModelItem[] {
    return this.all(user).filter((item) => item.aside === undefined);
  }

  /** The items in all states, newest first, ties by id. */
  all(user: string): ModelItem[] {
    const marks = this.#marks.get(user);
    return this.#stored.actions
      .flatMap((action) => {
        const own = marks?.get(action.id);
        return own ? [{ action: action.id, at: this.#feedTimeOf(action), ...own }] : [];
      })
      .sort(newestItemFirst);
  }

  counts(user: string): { unread: number; unseen: number; capped: boolean } {
    const items = this.feed(user);
    const unread = items.filter((item) => item.unread).length;
    return { unread, unseen: items.filter((item) => !item.seen).length, capped: false };
  }

  /** Rebuilds all feeds. Existing items of `bumped` actions are bumped. */
  #rebuildFeeds(bumped: ReadonlySet<string> = new Set()): void {
    for (const user of this.#marks.keys()) {
      const known = this.#marks.get(user);
      const marks = new Map<string, Marks>();
      for (const action of this.#stored.actions) {
        const item = this.#itemMarks(action, user);
        if (!item) continue;
        const isBumped = this.#rules.regroup === 'bump' && bumped.has(action.id);
        marks.set(action.id, (!isBumped && known?.get(action.id)) || item);
      }
      this.#marks.set(user, marks);
    }
  }

  #itemMarks(action: ModelLoggedAction, user: string): Marks | null {
    if (this.isDeletedUser(user) || !this.#rules.visible(action, user)) return null;
    const timedAction: ModelAction = { ...action, at: this.#feedTimeOf(action) };
    const item = itemFor(timedAction, user, this.trackersOf(user), this.#rules);
    return item && { unread: item.unread, seen: item.seen };
  }

  #feedTimeOf(action: ModelLoggedAction): number {
    return this.#rules.regroup === 'bump' ? action.updatedAt : action.timestamp;
  }

  /** True if the object was deleted and the user does not follow it already. */
  #isClosedToFollowers(user: string, object: ModelObject): boolean {
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
