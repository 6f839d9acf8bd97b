/** The one way from what is stored to what leaves the hub: one presenter per entity. */
import type { Action, Event, FeedItem, Json, Tracker } from '../protocol/entities.ts';
import type { ShownItem, StoredAction, StoredEvent, StoredTracker } from './model.ts';
import type { Handled, Handlers } from './ports/handlers.ts';
import { DEFAULT_LOCALE, defaultText } from './rendering.ts';
import type { HandledAction, Settings } from './settings.ts';

const iso = (time: number): string => new Date(time).toISOString();

/** Who looks, and what decides what they read. */
export interface View {
  handlers: Handlers;
  /** BCP 47. */
  locale?: string;
  /** The id of the user who reads it, where it is known. */
  user?: string;
  /** What the caller of `render` gave. */
  context?: Record<string, Json>;
}

/** An action as the application's handlers see it. */
export const presentHandled = (action: Handled): HandledAction => ({
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
});

/** The handler's text, else the default one. */
export function presentText(action: StoredAction, { handlers, locale, user, context = {} }: View): string {
  const asked = { locale: locale ?? DEFAULT_LOCALE, user: user ?? null, context };
  return handlers.text(action, asked) ?? defaultText(action, locale);
}

export const presentAction = (action: StoredAction, view: View): Action => ({
  ...presentHandled(action),
  text: presentText(action, view),
});

export function presentItem(item: ShownItem, view: View): FeedItem {
  return {
    id: item.id,
    action: presentAction(item.shown, { ...view, user: item.user }),
    unread: item.unread,
    seen: item.seen,
    at: iso(item.at),
  };
}

export const presentEvent = (event: StoredEvent, settings: Settings): Event => ({
  id: event.id,
  user: event.user === null ? null : { type: settings.userType, id: event.user },
  name: event.name,
  timestamp: iso(event.timestamp),
  note: event.note,
  related: event.related,
});

// What it is made of is the hub's own business, and would have to be escaped in addresses.
export const presentTrackerId = (id: string): string => Buffer.from(id).toString('base64url');

/** The stored id of a tracker; of what is none's, one that no tracker has. */
export const parseTrackerId = (shown: string): string => Buffer.from(shown, 'base64url').toString('utf8');

export function presentTracker(tracker: StoredTracker, settings: Settings): Tracker {
  return {
    id: presentTrackerId(tracker.id),
    user: { type: settings.userType, id: tracker.user },
    tracked: tracker.tracked,
    verbs: tracker.verbs,
    actorOnly: tracker.actorOnly,
    createdAt: iso(tracker.createdAt),
    since: iso(tracker.since),
  };
}
