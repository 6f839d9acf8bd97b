/** Events: named things that happened, once each, on record; in no feed. */
import { createHash } from 'node:crypto';
import type { Event, EventStats, Page, Ref } from '../protocol/entities.ts';
import { limits } from '../protocol/limits.ts';
import type { ParsedEvent, ParsedEventsQuery } from '../protocol/schemas/events.ts';
import { checkSelf, isService, mayName, type Principal } from './access.ts';
import { forbidden, HubError, TooSlow } from './errors.ts';
import { formatCursor, parseCursor } from './feed/cursor.ts';
import { keyOf } from './keys.ts';
import { checkRefLinks } from './links.ts';
import type { StoredEvent } from './model.ts';
import type { NewId, Now } from './ports/bus.ts';
import type { EventLog, RequestFacts } from './ports/event-log.ts';
import type { EventScan, EventStore, Spaces } from './ports/stores.ts';
import { presentEvent } from './present.ts';
import type { Settings } from './settings.ts';
import { Budget, FIRST_SPAN_MS, type Place, QUICK_MS, scanBounds, stretches } from './stretches.ts';
import { userIdOf } from './users.ts';

export interface EventDeps {
  spaces: Spaces;
  settings: Settings;
  eventLog: EventLog;
  /** Origins to which users without the service scope may link, beside relative URLs. */
  linkOrigins: readonly string[];
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
  if (related) {
    checkName(principal, related, 'related');
    checkRefLinks(deps, principal, [related], () => 'related');
  }
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
  const { events } = deps.spaces.reader(principal.space, principal.call?.signal);
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
  const stats = await deps.spaces
    .reader(principal.space, principal.call?.signal)
    .events.stats(user, limits.eventNames);
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
  const { events } = deps.spaces.reader(principal.space, principal.call?.signal);
  const { found, end } = await pageOfEvents(events, { ...wanted, after, limit });
  return {
    items: found.map((event) => presentEvent(event, deps.settings)),
    nextCursor: end && formatCursor({ at: end.time, id: end.id }),
  };
}

interface FoundEvents {
  found: StoredEvent[];
  end: Place | null;
}

async function pageOfEvents(events: EventStore, scan: EventScan): Promise<FoundEvents> {
  try {
    // One more than the page tells whether there is a next one.
    const found = await events.find({ ...scan, limit: scan.limit + 1, mostMs: QUICK_MS });
    return cut(found, scan.limit, null);
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error;
    return scannedEvents(events, scan);
  }
}

/** By the first condition alone, of which there is an index; the others are looked at one by one. */
async function scannedEvents(events: EventStore, { after, limit, ...scan }: EventScan): Promise<FoundEvents> {
  const { related, user, name, since, until } = scan;
  const indexed = related !== undefined ? { related } : user !== undefined ? { user } : { name };
  const found: StoredEvent[] = [];
  const budget = new Budget(scanBounds);
  const all = stretches<StoredEvent>({
    read: (range) => events.find({ ...indexed, until, ...range }),
    placeOf: placeOfEvent,
    start: after ?? null,
    since,
    size: 500,
    span: FIRST_SPAN_MS,
  });
  for await (const { entries, upTo } of all) {
    found.push(
      ...entries.filter(
        (event) =>
          (user === undefined || event.user === user) &&
          (name === undefined || event.name === name) &&
          (related === undefined || (event.related !== null && keyOf(event.related) === related)),
      ),
    );
    if (found.length > limit || !budget.spend(entries.length)) return cut(found, limit, upTo);
  }
  return cut(found, limit, null);
}

function cut(found: readonly StoredEvent[], limit: number, upTo: Place | null): FoundEvents {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return { found: shown, end: found.length > limit && last ? placeOfEvent(last) : upTo };
}

const placeOfEvent = ({ timestamp, id }: StoredEvent): Place => ({ time: timestamp, id });

/** Keys of different subjects never meet. */
const claimOf = (subject: string, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([subject, key]))
    .digest('base64url');

function contentOf({ user, name, note, related }: StoredEvent): string {
  const { type, id, name: called, url, image } = related ?? {};
  return JSON.stringify([user, name, note, type, id, called, url, image]);
}
