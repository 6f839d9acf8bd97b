/** Events: named things that happened, once each, on record; in no feed. */
import { createHash } from 'node:crypto';
import type { Event, EventStats, Page, Ref } from '../protocol/entities.ts';
import { limits } from '../protocol/limits.ts';
import type { ParsedEvent, ParsedEventsQuery } from '../protocol/schemas/events.ts';
import { checkSelf, isService, mayName, type Principal } from './access.ts';
import { forbidden, HubError } from './errors.ts';
import { formatCursor, parseCursor } from './feed/cursor.ts';
import { keyOf } from './keys.ts';
import type { StoredEvent } from './model.ts';
import type { NewId, Now } from './ports/bus.ts';
import type { EventLog, RequestFacts } from './ports/event-log.ts';
import type { EventScan, Spaces } from './ports/stores.ts';
import { presentEvent } from './present.ts';
import type { Settings } from './settings.ts';
import { userIdOf } from './users.ts';

export interface EventDeps {
  spaces: Spaces;
  settings: Settings;
  eventLog: EventLog;
  newId: NewId;
  now: Now;
}

export interface EventCall {
  input: ParsedEvent;
  request: RequestFacts;
  /** One key of one subject creates one event. */
  key?: string;
}

/**
 * Stores an event and records it. The request goes into the record alone.
 * @throws HubError forbidden, invalid_input, key_conflict; then nothing is stored or recorded
 */
export async function createEvent(deps: EventDeps, principal: Principal, call: EventCall): Promise<Event> {
  const { settings } = deps;
  const { name, note } = call.input;
  const related = call.input.related ?? null;
  const user = ownerOf(deps, principal, call.input.user);
  if (related) checkName(principal, related, 'related');
  const asked: StoredEvent = { id: deps.newId(), user, name, timestamp: deps.now(), note, related };
  const { events } = await deps.spaces.writer(principal.space);
  const event = call.key === undefined ? asked : await events.claim(claimOf(principal.sub, call.key), asked);
  if (contentOf(event) !== contentOf(asked)) {
    throw new HubError('key_conflict', undefined, [
      { path: 'Idempotency-Key', message: 'was used with other content' },
    ]);
  }
  // Whoever claimed the key first may have died before it was stored, so everyone tries.
  if (await events.insert(event)) deps.eventLog.record(principal.space, event, call.request);
  return presentEvent(event, settings);
}

/** Events newest first: with the service scope any, otherwise one's own. @throws HubError forbidden, invalid_input */
export async function listEvents(
  deps: EventDeps,
  principal: Principal,
  query: ParsedEventsQuery,
): Promise<Page<Event>> {
  const user = ownerOf(deps, principal, query.user) ?? undefined;
  return page(deps, principal, { ...query, user, related: query.related && keyOf(query.related) });
}

/** Events about an object, whoever's they are. @throws HubError forbidden, invalid_input */
export async function eventsOfObject(
  deps: EventDeps,
  principal: Principal,
  object: Ref,
  query: Omit<ParsedEventsQuery, 'related'>,
): Promise<Page<Event>> {
  // One's own events need the scope `log`; these are read as the actions of an object are.
  checkSelf(principal, 'feed', principal.sub);
  checkName(principal, object, 'ref');
  const user = query.user === undefined ? undefined : userIdOf(query.user, deps.settings, 'user');
  return page(deps, principal, { ...query, user, related: keyOf(object) });
}

/** The latest event of a user, of this name where one is given. @throws HubError forbidden */
export async function latestEvent(
  deps: EventDeps,
  principal: Principal,
  user: string,
  name: string | undefined,
): Promise<{ event: Event | null }> {
  checkSelf(principal, 'log', user);
  const { events } = deps.spaces.reader(principal.space);
  const [event] = await events.find({ user, name, limit: 1 });
  return { event: event ? presentEvent(event, deps.settings) : null };
}

/** How many events of each name a user has, by name. @throws HubError forbidden */
export async function eventStats(
  deps: EventDeps,
  principal: Principal,
  user: string,
): Promise<{ items: EventStats[] }> {
  checkSelf(principal, 'log', user);
  const stats = await deps.spaces.reader(principal.space).events.stats(user, limits.eventNames);
  return { items: stats.map((each) => ({ ...each, latest: new Date(each.latest).toISOString() })) };
}

/** Whose events a call is about: without the service scope oneself, with it whoever is named, or `null`. */
function ownerOf(
  deps: EventDeps,
  principal: Principal,
  named: string | Ref | null | undefined,
): string | null {
  const user = named === undefined || named === null ? null : userIdOf(named, deps.settings, 'user');
  if (isService(principal)) return user;
  checkSelf(principal, 'log', principal.sub);
  if (named === null || (user !== null && user !== principal.sub))
    throw forbidden('the events of others, or of nobody, need the service scope', 'user');
  return principal.sub;
}

function checkName(principal: Principal, object: Ref, path: string): void {
  if (!mayName(principal, object)) throw forbidden('the token does not allow naming this object', path);
}

async function page(
  deps: EventDeps,
  principal: Principal,
  { cursor, limit, ...wanted }: Omit<EventScan, 'after'> & { cursor?: string },
): Promise<Page<Event>> {
  const place = cursor === undefined ? null : parseCursor(cursor);
  const after = place && { time: place.at, id: place.id };
  // One more than the page tells whether there is a next one.
  const found = await deps.spaces.reader(principal.space).events.find({ ...wanted, after, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map((event) => presentEvent(event, deps.settings)),
    nextCursor: last ? formatCursor({ at: last.timestamp, id: last.id }) : null,
  };
}

/** Keys of different subjects never meet. */
const claimOf = (subject: string, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([subject, key]))
    .digest('base64url');

function contentOf({ user, name, note, related }: StoredEvent): string {
  const { type, id, name: called, url, image } = related ?? {};
  return JSON.stringify([user, name, note, type, id, called, url, image]);
}
