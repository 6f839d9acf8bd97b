/** Compares all that the hub holds with what the model says it must hold. */
import { keyOf } from '../../dev/model/actions.ts';
import type { Action, Counts, DeletedRef, Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { Journal } from '../journal.ts';
import type { ExpectedAction, ExpectedItem } from './expected.ts';
import { type Expected, expectedActions, expectedFeed } from './expected.ts';
import type { Findings } from './findings.ts';
import type { Held, HeldFeed } from './reader.ts';

/** How far the clocks of gateways are put wrong, and some for the way. */
const CLOCK_SLACK_MS = 250_000;
const TOGETHER = 4;

export interface Verified {
  actions: number;
  items: number;
  /** By user. */
  feeds: Map<string, HeldFeed>;
}

export async function verify(
  reader: Held,
  journal: Journal,
  users: readonly string[],
  findings: Findings,
): Promise<Verified> {
  const actions = await reader.actions();
  const held = new Set(actions.flatMap(markersOf));
  const isMissing = (id: string, marker: string) => journal.forgotten.has(id) && !held.has(marker);
  const known = compareActions(actions, expectedActions(journal, isMissing), findings);
  const feeds = new Map<string, HeldFeed>();
  const left = [...users];
  await Promise.all(
    Array.from({ length: TOGETHER }, async () => {
      for (let user = left.pop(); user !== undefined; user = left.pop()) {
        const held = await reader.feed(user);
        feeds.set(user, held);
        const trackers = journal.trackers.get(user) ?? [];
        const feed = expectedFeed(user, known, trackers, journal.users.get(user) ?? []);
        compareFeed(user, held, feed, findings);
      }
    }),
  );
  const items = [...feeds.values()].reduce((sum, feed) => sum + feed.items.length, 0);
  return { actions: actions.length, items, feeds };
}

/** Returns the expected actions, with the times that gateways gave them. */
function compareActions(held: readonly Action[], expected: Expected, findings: Findings): ExpectedAction[] {
  const holders = new Map<string, string>();
  const byId = new Map(held.map((action) => [action.id, action]));
  for (const action of held) {
    for (const marker of markersOf(action)) {
      const other = holders.get(marker);
      if (other !== undefined) findings.add('doubled', `${marker} is in ${other} and in ${action.id}`);
      else if (expected.gone.has(marker))
        findings.add('actions', `${marker} was taken back and is in ${action.id}`);
      holders.set(marker, action.id);
    }
    if (!expected.actions.has(action.id) && markersOf(action).every((marker) => !expected.gone.has(marker))) {
      findings.add('actions', `${action.id} is nothing that was accepted: ${JSON.stringify(action.data)}`);
    }
  }
  const known: ExpectedAction[] = [];
  for (const action of expected.actions.values()) {
    for (const marker of action.markers) {
      if (!holders.has(marker)) findings.add('lost', `${marker}, accepted in ${action.id} (${action.verb})`);
    }
    const found = byId.get(action.id);
    if (!found) continue;
    const wrong = differences(found, action, expected);
    if (wrong.length > 0) findings.add('actions', `${action.id} (${action.verb}): ${wrong.join('; ')}`);
    known.push({
      ...action,
      timestamp: Date.parse(found.timestamp),
      updatedAt: Date.parse(found.updatedAt),
    });
  }
  return known;
}

function differences(found: Action, action: ExpectedAction, { deleted }: Expected): string[] {
  const wrong: string[] = [];
  const compare = (what: string, seen: unknown, wanted: unknown) => {
    const [left, right] = [JSON.stringify(seen), JSON.stringify(wanted)];
    if (left !== right) wrong.push(`${what} is ${left}, not ${right}`);
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
  const { isTimed, said } = action;
  if (!isTimed) compare('timestamp', time, action.timestamp);
  else if (time < said.sentAt - CLOCK_SLACK_MS || time > said.answeredAt + CLOCK_SLACK_MS) {
    wrong.push(`timestamp ${found.timestamp} is none of any gateway's clock`);
  }
  compare('updatedAt', Date.parse(found.updatedAt), isTimed ? time : action.updatedAt);
  return wrong;
}

const markersOf = ({ data }: Action): string[] => (Array.isArray(data.n) ? data.n.map(String) : []);

function compareFeed(
  user: string,
  held: HeldFeed,
  expected: readonly ExpectedItem[],
  findings: Findings,
): void {
  const wanted = new Map(expected.map((item) => [item.action, item]));
  const seen = new Set<string>();
  for (const { action, at, unread, seen: isSeen, id } of held.items) {
    if (seen.has(action.id)) findings.add('doubled', `${user} has two items of ${action.id}`);
    seen.add(action.id);
    const item = wanted.get(action.id);
    if (!item) {
      findings.add('items', `${user} has ${id} (${action.verb}), which nothing gives it`);
      continue;
    }
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
    if (!seen.has(action)) findings.add('items', `${user} lacks ${action}, at ${new Date(at).toISOString()}`);
  }
  const order = held.items.map((item) => `${item.at} ${item.id}`);
  if (order.some((key, index) => index > 0 && key > (order[index - 1] ?? ''))) {
    findings.add('items', `the feed of ${user} is out of order`);
  }
  const counts = countsOf(held);
  if (JSON.stringify(pick(held.counts)) !== JSON.stringify(counts)) {
    findings.add('counts', `${user}: ${JSON.stringify(held.counts)}, in its feed ${JSON.stringify(counts)}`);
  }
}

export function countsOf({ items }: Pick<HeldFeed, 'items'>): Counts {
  const unread = items.filter((item) => item.unread).length;
  const unseen = items.filter((item) => !item.seen).length;
  return {
    unread: Math.min(unread, limits.counts),
    unseen: Math.min(unseen, limits.counts),
    capped: unread > limits.counts,
  };
}

export const pick = ({ unread, unseen, capped }: Counts): Counts => ({ unread, unseen, capped });
