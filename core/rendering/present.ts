/** Converts stored entities to their API representation, in which they leave the hub. */
import type { Action, Event, FeedItem, Json, Pressed, Tracker } from '../../protocol/entities.ts';
import type {
  ItemWithAction,
  StoredAction,
  StoredEvent,
  StoredItem,
  StoredPress,
  StoredTracker,
} from '../model/entities.ts';
import { snoozeEndOf } from '../model/item-states.ts';
import type { Millis } from '../model/units.ts';
import type { HandlerAction, Handlers } from '../ports/handlers.ts';
import type { Text } from '../ports/sentences.ts';
import type { HandledAction, Settings } from '../settings.ts';

const iso = (time: Millis): string => new Date(time).toISOString();

/** The reader's context, which determines the texts. */
export interface View {
  handlers: Handlers;
  /** A BCP 47 tag. */
  locale?: string;
  /** The id of the user who reads the text, if it is known. */
  user?: string;
  /** The context passed to `render`. */
  context?: Record<string, Json>;
}

/** The URL of the first target, or else of the first related object. A deleted object leads nowhere. */
function defaultUrl({ targets: [target], related: [related] }: HandlerAction): string | null {
  const [own, other] = [target, related].map((ref) => (ref && !('deleted' in ref) ? ref.url : undefined));
  return own ?? other ?? null;
}

export const presentForHandler = (action: HandlerAction): HandledAction => ({
  id: action.id,
  actor: action.actor,
  verb: action.verb,
  targets: action.targets,
  related: action.related,
  level: action.level,
  data: action.data,
  body: action.body ?? '',
  url: action.url ?? defaultUrl(action),
  buttons: action.buttons ?? [],
  timestamp: iso(action.timestamp),
  updatedAt: iso(action.updatedAt),
  count: action.count,
});

export function presentText(action: StoredAction, view: View): Text {
  const { handlers, locale, user, context = {} } = view;
  const { sentences } = handlers;
  const requested = locale ?? sentences.defaultLocale;
  const text = handlers.text(action, { locale: requested, user: user ?? null, context });
  return text === null ? sentences.text(action, requested) : { text, locale: requested };
}

export const presentAction = (action: StoredAction, view: View): Action => ({
  ...presentForHandler(action),
  text: presentText(action, view).text,
});

export const presentItem = (item: ItemWithAction, view: View): FeedItem =>
  toFeedItem(item, presentAction(item.shownAction, { ...view, user: item.user }));

/** Presents items of one action to many readers. Those with the same language share the presented action. */
export class ItemPresenter {
  readonly #action: StoredAction;
  readonly #handlers: Handlers;
  /** Whether readers with the same language get the same text, so that their items differ only in what is stored. */
  readonly isShared: boolean;
  readonly #byLocale = new Map<string | undefined, Action>();

  constructor(action: StoredAction, handlers: Handlers) {
    this.#action = action;
    this.#handlers = handlers;
    this.isShared = !handlers.hasCustomText(action.verb);
  }

  present(item: StoredItem, locale: string | undefined): FeedItem {
    const shared = this.isShared ? this.#byLocale.get(locale) : undefined;
    const view = { handlers: this.#handlers, locale, user: item.user };
    const presented = shared ?? presentAction(this.#action, view);
    if (this.isShared) this.#byLocale.set(locale, presented);
    return toFeedItem(item, presented);
  }
}

function toFeedItem({ id, unread, seen, at, aside, pressed }: StoredItem, action: Action): FeedItem {
  const snoozeEnd = snoozeEndOf(aside);
  return {
    id,
    action,
    unread,
    seen,
    at: iso(at),
    archived: aside?.state === 'archived',
    snoozedUntil: snoozeEnd === undefined ? null : iso(snoozeEnd),
    pressed: pressed ? presentPress(pressed) : null,
  };
}

export const presentPress = ({ button, at }: StoredPress): Pressed => ({ button, at: iso(at) });

export const presentEvent = (event: StoredEvent, settings: Settings): Event => ({
  id: event.id,
  user: event.user === null ? null : { type: settings.userType, id: event.user },
  name: event.name,
  timestamp: iso(event.timestamp),
  note: event.note,
  related: event.related,
});

// Encoded, because the stored id is internal and not URL-safe.
export const presentTrackerId = (id: string): string => Buffer.from(id).toString('base64url');

/** Returns the stored id of a tracker. An invalid public id yields an id that no tracker has. */
export const parseTrackerId = (publicId: string): string =>
  Buffer.from(publicId, 'base64url').toString('utf8');

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
