/**
 * What the contract says of matching, feeds, unread and marks (rules 1, 2, 3 and 7), as plainly as it can be put in
 * code and knowing nothing of how the hub does it: everything is looked through each time.
 */

export interface ModelObject {
  type: string;
  /** Without it: the class. */
  id?: string;
}

export interface ModelAction {
  id: string;
  actor: ModelObject | null;
  verb: string;
  targets: ModelObject[];
  related: ModelObject[];
  level: number;
  at: number;
  notify: readonly string[];
}

export interface ModelTracker {
  tracked: ModelObject;
  verbs: readonly string[];
  actorOnly: boolean;
  createdAt: number;
  since: number;
}

export interface ModelItem {
  action: string;
  at: number;
  unread: boolean;
  seen: boolean;
}

export interface ModelSettings {
  readableLevel: number;
  ownActions: 'read' | 'unread' | 'hide';
}

export type ModelMark = 'read' | 'unread' | 'seen';

const isSame = (left: ModelObject, right: ModelObject): boolean =>
  left.type === right.type && left.id === right.id;

const isAbout = (tracked: ModelObject, object: ModelObject): boolean =>
  tracked.id === undefined ? tracked.type === object.type : isSame(tracked, object);

/** Rule 1. */
export function tracksAction(
  tracker: Omit<ModelTracker, 'createdAt' | 'since'>,
  action: ModelAction,
): boolean {
  if (tracker.verbs.length > 0 && !tracker.verbs.includes(action.verb)) return false;
  if (action.actor && isAbout(tracker.tracked, action.actor)) return true;
  if (tracker.actorOnly) return false;
  return [...action.targets, ...action.related].some((object) => isAbout(tracker.tracked, object));
}

/** Rules 2 and 3: how the action comes into the user's feed, `null` where it does not. */
export function arrivalOf(
  action: ModelAction,
  user: string,
  trackers: readonly ModelTracker[],
  settings: ModelSettings,
): ModelItem | null {
  const matching = trackers.filter((tracker) => tracksAction(tracker, action));
  const isNamed = action.notify.includes(user);
  if (action.level < settings.readableLevel) return null;
  if (matching.length === 0 && !isNamed) return null;
  const isOwn = action.actor !== null && isSame(action.actor, { type: 'user', id: user });
  if (isOwn && settings.ownActions === 'hide') return null;
  const isNews = isNamed || matching.some((tracker) => action.at >= tracker.since);
  const unread = isNews && !(isOwn && settings.ownActions === 'read');
  return { action: action.id, at: action.at, unread, seen: !unread };
}

/** One user: what it tracks, and its feed. */
export class ModelUser {
  readonly user: string;
  readonly #settings: ModelSettings;
  trackers: ModelTracker[] = [];
  items: ModelItem[] = [];

  constructor(user: string, settings: ModelSettings) {
    this.user = user;
    this.#settings = settings;
  }

  track(
    tracked: ModelObject,
    now: number,
    how: { verbs: readonly string[]; actorOnly: boolean; since?: number },
  ): void {
    const createdAt = this.#trackerOf(tracked)?.createdAt ?? now;
    this.#replace(tracked, { tracked, createdAt, since: createdAt, ...how });
  }

  receive(action: ModelAction): void {
    const item = arrivalOf(action, this.user, this.trackers, this.#settings);
    if (item) this.items.push(item);
  }

  /** Answers how many items changed. */
  mark(mark: ModelMark, isNamed: (item: ModelItem) => boolean): number {
    let changed = 0;
    this.items = this.items.map((item) => {
      const marked = isNamed(item) ? markedItem(item, mark) : item;
      if (marked.unread !== item.unread || marked.seen !== item.seen) changed += 1;
      return marked;
    });
    return changed;
  }

  /** Newest first, ties by id. */
  feed(): ModelItem[] {
    return [...this.items].sort((left, right) => right.at - left.at || (left.action < right.action ? 1 : -1));
  }

  counts(): { unread: number; unseen: number; capped: boolean } {
    const unread = this.items.filter((item) => item.unread).length;
    return { unread, unseen: this.items.filter((item) => !item.seen).length, capped: false };
  }

  #trackerOf(object: ModelObject): ModelTracker | undefined {
    return this.trackers.find((tracker) => isSame(tracker.tracked, object));
  }

  #replace(object: ModelObject, tracker: ModelTracker | null): void {
    this.trackers = this.trackers.filter((each) => !isSame(each.tracked, object));
    if (tracker) this.trackers.push(tracker);
  }
}

/** Read implies seen; what was seen stays seen. */
export function markedItem<T extends { unread: boolean; seen: boolean }>(item: T, mark: ModelMark): T {
  if (mark === 'read') return { ...item, unread: false, seen: true };
  if (mark === 'unread') return { ...item, unread: true };
  return { ...item, seen: true };
}
