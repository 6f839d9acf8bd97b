/**
 * A model of matching, feeds, unread states and marks (rules 1, 2, 3, 7 and 10 in docs/rules.md). It is as simple as possible
 * and independent of the hub's implementation: it always scans everything.
 */

export interface ModelObject {
  type: string;
  /** Absent for a class ref. */
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
  /** Archived, or the time until which it is snoozed. Absent in the inbox. */
  aside?: 'archived' | number;
}

export interface ModelSettings {
  readableLevel: number;
  ownActions: 'read' | 'unread' | 'hide';
}

export type ModelMark = 'read' | 'unread' | 'seen';
/** Changes of an item's state (rule 10). */
export type ModelMove = 'archive' | 'unarchive' | 'snooze' | 'unsnooze';

const isSame = (left: ModelObject, right: ModelObject): boolean =>
  left.type === right.type && left.id === right.id;

const matchesObject = (tracked: ModelObject, object: ModelObject): boolean =>
  tracked.id === undefined ? tracked.type === object.type : isSame(tracked, object);

/** Rule 1. */
export function tracksAction(
  tracker: Omit<ModelTracker, 'createdAt' | 'since'>,
  action: ModelAction,
): boolean {
  if (tracker.verbs.length > 0 && !tracker.verbs.includes(action.verb)) return false;
  if (action.actor && matchesObject(tracker.tracked, action.actor)) return true;
  if (tracker.actorOnly) return false;
  return [...action.targets, ...action.related].some((object) => matchesObject(tracker.tracked, object));
}

/** Rules 2 and 3: the item of the action in the user's feed, or `null` if it does not belong there. */
export function itemFor(
  action: ModelAction,
  user: string,
  trackers: readonly ModelTracker[],
  settings: ModelSettings,
): ModelItem | null {
  const matching = trackers.filter((tracker) => tracksAction(tracker, action));
  const isNotified = action.notify.includes(user);
  if (action.level < settings.readableLevel) return null;
  if (matching.length === 0 && !isNotified) return null;
  const isOwn = action.actor !== null && isSame(action.actor, { type: 'user', id: user });
  if (isOwn && settings.ownActions === 'hide') return null;
  const arrivesUnread = isNotified || matching.some((tracker) => action.at >= tracker.since);
  const unread = arrivesUnread && !(isOwn && settings.ownActions === 'read');
  return { action: action.id, at: action.at, unread, seen: !unread };
}

/** A user with trackers and a feed. */
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
    options: { verbs: readonly string[]; actorOnly: boolean; since?: number },
  ): void {
    const createdAt = this.#trackerOf(tracked)?.createdAt ?? now;
    this.#replace(tracked, { tracked, createdAt, since: createdAt, ...options });
  }

  receive(action: ModelAction): void {
    const item = itemFor(action, this.user, this.trackers, this.#settings);
    if (item) this.items.push(item);
  }

  /** Returns the number of changed items. */
  mark(mark: ModelMark, isSelected: (item: ModelItem) => boolean): number {
    let changed = 0;
    this.items = this.items.map((item) => {
      const marked = isSelected(item) ? applyMark(item, mark) : item;
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

/** Rule 10. `until`: the end of a snooze. */
export function applyMove<T extends Pick<ModelItem, 'unread' | 'seen' | 'aside'>>(
  item: T,
  move: ModelMove,
  until: number,
): T {
  const { aside, ...inInbox } = item;
  if (move === 'archive') return { ...item, unread: false, seen: true, aside: 'archived' };
  if (move === 'snooze') return { ...item, aside: until };
  const isConcerned = move === 'unarchive' ? aside === 'archived' : typeof aside === 'number';
  return isConcerned ? (inInbox as T) : item;
}

/** Read implies seen; seen items stay seen. */
export function applyMark<T extends { unread: boolean; seen: boolean }>(item: T, mark: ModelMark): T {
  if (mark === 'read') return { ...item, unread: false, seen: true };
  if (mark === 'unread') return { ...item, unread: true };
  return { ...item, seen: true };
}
