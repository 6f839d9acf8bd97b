/** The one way from what is stored to what leaves the hub: one presenter per entity. */
import type { Action, FeedItem, Tracker } from '../protocol/entities.ts';
import type { ShownItem, StoredAction, StoredTracker } from './model.ts';
import { defaultText } from './rendering.ts';
import type { Settings } from './settings.ts';

const iso = (time: number): string => new Date(time).toISOString();

export function presentAction(action: StoredAction, locale?: string): Action {
  return {
    id: action.id,
    actor: action.actor,
    verb: action.verb,
    targets: action.targets,
    related: action.related,
    level: action.level,
    data: action.data,
    timestamp: iso(action.timestamp),
    updatedAt: iso(action.updatedAt),
    count: action.count,
    text: defaultText(action, locale),
  };
}

export function presentItem(item: ShownItem, locale?: string): FeedItem {
  return {
    id: item.id,
    action: presentAction(item.shown, locale),
    unread: item.unread,
    seen: item.seen,
    at: iso(item.at),
  };
}

export function presentTracker(tracker: StoredTracker, settings: Settings): Tracker {
  return {
    // What it is made of is the hub's own business, and would have to be escaped in addresses.
    id: Buffer.from(tracker.id).toString('base64url'),
    user: { type: settings.userType, id: tracker.user },
    tracked: tracker.tracked,
    verbs: tracker.verbs,
    actorOnly: tracker.actorOnly,
    createdAt: iso(tracker.createdAt),
    since: iso(tracker.since),
  };
}
