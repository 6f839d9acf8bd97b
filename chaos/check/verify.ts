/** Compares all data of the hub with the model. */
import { keyOf } from '../../dev/model/actions.ts';
import type { Action, Counts, DeletedRef, FeedItem, Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { Journal } from '../journal.ts';
import type { ExpectedAction, ExpectedItem } from './expected.ts';
import { type Expected, expectedActions, expectedFeed } from './expected.ts';
import type { Findings } from './findings.ts';
import type { HubState, StoredFeed } from './hub-reader.ts';

/** The largest clock error of a gateway, plus network time. */
const CLOCK_SLACK_MS = 250_000;
const CONCURRENCY = 4;

export interface Verification {
  actions: number;
  items: number;
  /** By user. */
  feeds: Map<string, StoredFeed>;
}

export async function verify(
  reader: HubState,
  journal: Journal,
  users: readonly string[],
  findings: Findings,
): Promise<Verification> {
  const actions = await reader.actions();
  const markers = new Set(actions.flatMap(markersOf));
  const wasLost = (id: string, marker: string) => journal.possiblyLost.has(id) && !markers.has(marker);
  const verifiedActions = compareActions(actions, expectedActions(journal, wasLost), findings);
  const feeds = new Map<string, StoredFeed>();
  const remaining = [...users];
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (let user = remaining.pop(); user !== undefined; user = remaining.pop()) {
        const stored = await reader.feed(user);
        feeds.set(user, stored);
        const trackers = journal.trackers.get(user) ?? [];
        const feed = expectedFeed(user, verifiedActions, trackers, journal.users.get(user) ?? []);
        compareFeed(user, stored, feed, findings);
      }
    }),
  );
  const items = [...feeds.values()].reduce((sum, feed) => sum + feed.items.length, 0);
  return { actions: actions.length, items, feeds };
}

/** Returns the expected actions, with the timestamps from the gateways. */
function compareActions(actual: readonly Action[], expected: Expected, findings: Findings): ExpectedAction[] {
  const holderByMarker = new Map<string, string>();
  const byId = new Map(actual.map((action) => [action.id, action]));
  for (const action of actual) {
    for (const marker of markersOf(action)) {
      const other = holderByMarker.get(marker);
      if (other !== undefined) findings.add('doubled', `${marker} is in ${other} and in ${action.id}`);
      else if (expected.gone.has(marker))
        findings.add('actions', `${marker} was recalled but is in ${action.id}`);
      holderByMarker.set(marker, action.id);
    }
    if (!expected.actions.has(action.id) && markersOf(action).every((marker) => !expected.gone.has(marker))) {
      findings.add('actions', `${action.id} was never accepted: ${JSON.stringify(action.data)}`);
    }
  }
  const verifiedActions: ExpectedAction[] = [];
  for (const action of expected.actions.values()) {
    for (const marker of action.markers) {
      if (!holderByMarker.has(marker))
        findings.add('lost', `${marker}, accepted in ${action.id} (${action.verb})`);
    }
    const found = byId.get(action.id);
    if (!found) continue;
    const problems = differences(found, action, expected);
    if (problems.length > 0) findings.add('actions', `${action.id} (${action.verb}): ${problems.join('; ')}`);
    verifiedActions.push({
      ...action,
      timestamp: Date.parse(found.timestamp),
      updatedAt: Date.parse(found.updatedAt),
    });
  }
  return verifiedActions;
}

function differences(found: Action, action: ExpectedAction, { deleted }: Expected): string[] {
  const problems: string[] = [];
  const compare = (what: string, actual: unknown, expected: unknown) => {
    const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (left !== right) problems.push(`${what} is ${left}, not ${right}`);
  };
  compare('verb', found.verb, action.verb);
  compare('level', found.level, action.level);
  compare('count', found.count, action.count);
  compare('members', markersOf(found).sort(), [...action.markers].sort());
  compare('targets', found.targets.map(keyOf).sort(), action.targets.map(keyOf).sort());
  compare('related', found.related.map(keyOf).sort(), action.related.map(keyOf).sort());
  const asDeleted = (ref: Ref | DeletedRef) => ('deleted' in ref ? [keyOf(ref)] : []);
  compare(
    'deleted objects',
    [...found.targets, ...found.related].flatMap(asDeleted).sort(),
    [...action.targets, ...action.related]
      .map(keyOf)
      .filter((key) => deleted.has(key))
      .sort(),
  );
  const time = Date.parse(found.timestamp);
  const { hasGatewayTime, timing } = action;
  if (!hasGatewayTime) compare('timestamp', time, action.timestamp);
  else if (time < timing.sentAt - CLOCK_SLACK_MS || time > timing.answeredAt + CLOCK_SLACK_MS) {
    problems.push(`timestamp ${found.timestamp} is outside every gateway's clock range`);
  }
  compare('updatedAt', Date.parse(found.updatedAt), hasGatewayTime ? time : action.updatedAt);
  return problems;
}

const markersOf = ({ data }: Action): string[] => (Array.isArray(data.n) ? data.n.map(String) : []);

function compareFeed(
  user: string,
  stored: StoredFeed,
  expected: readonly ExpectedItem[],
  findings: Findings,
): void {
  const expectedByAction = new Map(expected.map((item) => [item.action, item]));
  const seenActions = new Set<string>();
  for (const each of stored.items) {
    const { action, at, unread, seen: isSeen, id } = each;
    if (seenActions.has(action.id)) findings.add('doubled', `${user} has two items of ${action.id}`);
    seenActions.add(action.id);
    const item = expectedByAction.get(action.id);
    if (!item) {
      findings.add('items', `${user} has ${id} (${action.verb}), which no tracker or notify explains`);
      continue;
    }
    if (item.isPlaceUncertain) continue;
    const [state, expectedState] = [stateOf(each), stateOfExpected(item)];
    if (state !== expectedState)
      findings.add('states', `${user} has ${id} (${action.verb}) ${state}, not ${expectedState}`);
    if (Date.parse(at) !== item.at) {
      findings.add(
        'items',
        `${user} has ${id} (${action.verb}) at ${at}, not ${new Date(item.at).toISOString()}`,
      );
    }
    if (item.isUncertain || (unread === item.unread && isSeen === item.seen)) continue;
    findings.add(
      'unread flags',
      `${id} (${action.verb}, count ${action.count}, at ${at}) is unread ${unread}, seen ${isSeen}, not unread ${item.unread}, seen ${item.seen}`,
    );
  }
  for (const { action, at } of expected) {
    if (!seenActions.has(action))
      findings.add('items', `${user} is missing ${action}, at ${new Date(at).toISOString()}`);
  }
  const order = stored.items.map((item) => `${item.at} ${item.id}`);
  if (order.some((key, index) => index > 0 && key > (order[index - 1] ?? ''))) {
    findings.add('items', `the feed of ${user} is out of order`);
  }
  compareLists(user, stored, findings);
  const counts = countsOf(stored);
  if (JSON.stringify(pickCounts(stored.counts)) !== JSON.stringify(counts)) {
    findings.add(
      'counts',
      `${user}: ${JSON.stringify(stored.counts)}, its feed has ${JSON.stringify(counts)}`,
    );
  }
}

const stateOf = ({ archived, snoozedUntil }: FeedItem): string =>
  archived ? 'archived' : snoozedUntil === null ? 'inbox' : `snoozed until ${snoozedUntil}`;

const stateOfExpected = ({ aside }: ExpectedItem): string =>
  typeof aside === 'number' ? `snoozed until ${new Date(aside).toISOString()}` : (aside ?? 'inbox');

/** The lists of the states divide the list of all items. */
function compareLists(user: string, { items, lists }: StoredFeed, findings: Findings): void {
  for (const [state, ids] of Object.entries(lists)) {
    const ofState = items.filter((item) => stateOf(item).startsWith(state)).map(({ id }) => id);
    if (ids.join() !== ofState.join())
      findings.add('states', `${user} lists as ${state} ${ids.join(', ')}, not ${ofState.join(', ')}`);
  }
}

export const inboxOf = (items: readonly FeedItem[]): FeedItem[] =>
  items.filter((item) => stateOf(item) === 'inbox');

export function countsOf({ items }: Pick<StoredFeed, 'items'>): Counts {
  const unread = inboxOf(items).filter((item) => item.unread).length;
  const unseen = inboxOf(items).filter((item) => !item.seen).length;
  return {
    unread: Math.min(unread, limits.counts),
    unseen: Math.min(unseen, limits.counts),
    capped: unread > limits.counts,
  };
}

export const pickCounts = ({ unread, unseen, capped }: Counts): Counts => ({ unread, unseen, capped });
