/** Events: named occurrences that are stored and logged, and appear in no feed. */
import { createHash } from 'node:crypto';
import type { Event, EventStats, Page, Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { ParsedEvent, ParsedEventsQuery } from '../../protocol/schemas/events.ts';
import { checkRefLinks } from '../access/links.ts';
import { checkName, checkSelf, isService, type Principal } from '../access/principal.ts';
import { userIdOf } from '../access/users.ts';
import { forbidden, HubError, ReadTimeoutError } from '../errors.ts';
import type { StoredEvent } from '../model/entities.ts';
import { keyOf } from '../model/keys.ts';
import { cursorOf, formatCursor, parseCursor, type TimeCursor } from '../paging/cursor.ts';
import {
  DIRECT_QUERY_TIMEOUT_MS,
  INITIAL_SPAN_MS,
  ScanBudget,
  scanByTimeRange,
} from '../paging/time-ranges.ts';
import type { DisplayDeps, EventDeps } from '../ports/deps.ts';
import type { EventScan, EventStore, RequestFacts } from '../ports/events.ts';
import { displayEvents, displaysFor } from '../rendering/displays.ts';
import { presentEvent } from '../rendering/present.ts';

export interface EventCall {
  input: ParsedEvent;
  request: RequestFacts;
  /** The idempotency key. One key of one subject creates one event. */
  key?: string;
}

/**
 * Stores an event and logs it. If it throws, nothing is stored or logged.
 * @throws HubError forbidden, invalid_input, key_conflict
 */
export async function createEvent(
  deps: EventDeps & DisplayDeps,
  principal: Principal,
  call: EventCall,
): Promise<Event> {
  const { name, note } = call.input;
  const related = call.input.related ?? null;
  const user = ownerOf(deps, principal, call.input.user);
  if (related) {
    checkName(principal, related, 'related');
    checkRefLinks(deps, principal, [related], () => 'related');
  }
  const draft: StoredEvent = { id: deps.newId(), user, name, timestamp: deps.now(), note, related };
  const { events } = await deps.spaces.writer(principal.space);
  const event = call.key === undefined ? draft : await events.claim(claimKey(principal.sub, call.key), draft);
  if (contentOf(event) !== contentOf(draft)) {
    throw new HubError('key_conflict', undefined, [
      { path: 'Idempotency-Key', message: 'was used with other content' },
    ]);
  }
  // The process that claimed the key may have crashed before it stored the event, so every call tries to
  // store it.
  // Without a key, only this call can have stored it: the database may have executed the insert twice.
  if ((await events.insert(event)) || call.key === undefined)
    deps.eventLog.record(principal.space, event, call.request);
  return await presentOne(deps, principal, event);
}

/** Newest first; without the service scope, only own ones. @throws HubError forbidden, invalid_input */
export async function listEvents(
  deps: EventDeps & DisplayDeps,
  principal: Principal,
  query: ParsedEventsQuery,
): Promise<Page<Event>> {
  const user = ownerOf(deps, principal, query.user) ?? undefined;
  return listPage(deps, principal, { ...query, user, related: query.related && keyOf(query.related) });
}

/** Lists the events related to an object, of all users. @throws HubError forbidden, invalid_input */
export async function eventsOfObject(
  deps: EventDeps & DisplayDeps,
  principal: Principal,
  object: Ref,
  query: Omit<ParsedEventsQuery, 'related'>,
): Promise<Page<Event>> {
  // A user's own events need the scope `log`. These need the same scope as the actions of an object.
  checkSelf(principal, 'feed', principal.sub);
  checkName(principal, object, 'ref');
  const user = query.user === undefined ? undefined : userIdOf(query.user, deps.settings, 'user');
  return listPage(deps, principal, { ...query, user, related: keyOf(object) });
}

/** Returns the latest event of a user, optionally of one name. @throws HubError forbidden */
export async function latestEvent(
  deps: EventDeps & DisplayDeps,
  principal: Principal,
  user: string,
  name: string | undefined,
): Promise<{ event: Event | null }> {
  checkSelf(principal, 'log', user);
  const { events } = deps.spaces.reader(principal.space, principal.call?.signal);
  const [event] = await events.find({ user, name, limit: 1 });
  return { event: event ? await presentOne(deps, principal, event) : null };
}

/** Counts a user's events by name. @throws HubError forbidden */
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

/** Returns the user whose events a call concerns. Without the service scope, that is always the caller. */
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

async function listPage(
  deps: EventDeps & DisplayDeps,
  principal: Principal,
  { cursor, limit, ...conditions }: Omit<EventScan, 'after'> & { cursor?: string },
): Promise<Page<Event>> {
  const after = parseCursor(cursor);
  const { events } = deps.spaces.reader(principal.space, principal.call?.signal);
  const { found, next } = await findEvents(events, { ...conditions, after, limit });
  return {
    items: await present(deps, principal, found),
    nextCursor: next && formatCursor(next),
  };
}

async function presentOne(
  deps: EventDeps & DisplayDeps,
  principal: Principal,
  event: StoredEvent,
): Promise<Event> {
  const [presented] = await present(deps, principal, [event]);
  return presented ?? presentEvent(event, deps.settings);
}

const present = (
  deps: EventDeps & DisplayDeps,
  principal: Principal,
  events: readonly StoredEvent[],
): Promise<Event[]> =>
  displayEvents(
    displaysFor(deps, principal),
    events.map((event) => presentEvent(event, deps.settings)),
  );

interface EventPage {
  found: StoredEvent[];
  next: TimeCursor | null;
}

async function findEvents(events: EventStore, scan: EventScan): Promise<EventPage> {
  try {
    // One extra event shows whether there is a next page.
    const found = await events.find({ ...scan, limit: scan.limit + 1, maxTimeMs: DIRECT_QUERY_TIMEOUT_MS });
    return toPage(found, scan.limit, null);
  } catch (error) {
    if (!(error instanceof ReadTimeoutError)) throw error;
    return scanEvents(events, scan);
  }
}

/** Queries by the first indexed condition only and evaluates the others in memory. */
async function scanEvents(events: EventStore, { after, limit, ...scan }: EventScan): Promise<EventPage> {
  const { related, user, name, since, until } = scan;
  const indexed = related !== undefined ? { related } : user !== undefined ? { user } : { name };
  const found: StoredEvent[] = [];
  const budget = new ScanBudget();
  const ranges = scanByTimeRange<StoredEvent>({
    read: (range) => events.find({ ...indexed, until, ...range }),
    cursorOf,
    start: after ?? null,
    since,
    pageSize: 500,
    initialSpanMs: INITIAL_SPAN_MS,
  });
  for await (const { entries, upTo } of ranges) {
    found.push(
      ...entries.filter(
        (event) =>
          (user === undefined || event.user === user) &&
          (name === undefined || event.name === name) &&
          (related === undefined || (event.related !== null && keyOf(event.related) === related)),
      ),
    );
    if (found.length > limit || !budget.spend(entries.length)) return toPage(found, limit, upTo);
  }
  return toPage(found, limit, null);
}

function toPage(found: readonly StoredEvent[], limit: number, upTo: TimeCursor | null): EventPage {
  const events = found.slice(0, limit);
  const last = events.at(-1);
  return { found: events, next: found.length > limit && last ? cursorOf(last) : upTo };
}

/** Includes the subject, so that keys of different subjects never collide. */
const claimKey = (subject: string, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([subject, key]))
    .digest('base64url');

function contentOf({ user, name, note, related }: StoredEvent): string {
  const { type, id, name: refName, url, image } = related ?? {};
  return JSON.stringify([user, name, note, type, id, refName, url, image]);
}
