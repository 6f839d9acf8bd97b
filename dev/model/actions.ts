/**
 * A model of how actions merge (rules 4, 5 and 6 in docs/rules.md). It is as simple as possible and independent of the hub's
 * implementation: it always compares all actions with each other.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../protocol/entities.ts';
import type { ModelObject } from './feed.ts';

export interface ModelLoggedAction {
  id: string;
  /** Its number in the order of acceptance: of a merged action, the last number. Default: 0. */
  order?: number;
  body?: string;
  url?: string;
  buttons?: ReadonlyArray<{ id: string; label: string }>;
  actor: ModelObject | null;
  verb: string;
  targets: ModelObject[];
  related: ModelObject[];
  level: number;
  data: Record<string, Json>;
  timestamp: number;
  updatedAt: number;
  count: number;
  notify: readonly string[];
  /** Seconds. */
  groupingDelay?: number;
}

/** The verb's handler for two actions. It accepts both forms of actions that handlers of a hub get. */
export type MergeRule = (newer: ComparedAction, older: ComparedAction) => boolean;
export type ComparedAction = {
  level: number;
  targets: readonly ModelObject[];
  related: readonly ModelObject[];
};

export interface ModelHandlers {
  /** Seconds; the default of the verb. */
  groupingDelay: (verb: string) => number;
  combineWith: (verb: string, other: string) => MergeRule | null;
  group: (verb: string) => MergeRule | null;
}

export interface ModelStore {
  actions: ModelLoggedAction[];
  /** The final id of every action: its own, or that of the action into which it was merged. */
  mergedInto: Map<string, string>;
}

export const keyOf = ({ type, id }: ModelObject): string => `${type}:${id}`;
const sameActor = (left: ModelLoggedAction, right: ModelLoggedAction): boolean =>
  (left.actor && keyOf(left.actor)) === (right.actor && keyOf(right.actor));
const sortedKeys = (objects: readonly ModelObject[]): string[] => objects.map(keyOf).sort();
const sameSet = (left: readonly ModelObject[], right: readonly ModelObject[]): boolean =>
  isDeepStrictEqual(sortedKeys(left), sortedKeys(right));

/** Rule 4. Returns the remaining actions of the batch, in order. */
function combine(
  batch: readonly ModelLoggedAction[],
  handlers: ModelHandlers,
  mergedInto: Map<string, string>,
): ModelLoggedAction[] {
  let remaining: ModelLoggedAction[] = [];
  for (const logged of batch) {
    let newer: ModelLoggedAction | null = logged;
    for (const older of [...remaining].reverse()) {
      if (!newer || !sameActor(newer, older)) continue;
      const olderTargets = new Set(sortedKeys(older.targets));
      if (!sortedKeys(newer.targets).every((key) => olderTargets.has(key))) continue;
      if (handlers.combineWith(newer.verb, older.verb)?.(newer, older)) {
        const merged = merge(older, newer);
        remaining = remaining.map((each) => (each === older ? merged : each));
        mergedInto.set(newer.id, older.id);
        newer = null;
      } else if (handlers.combineWith(older.verb, newer.verb)?.(newer, older)) {
        newer = merge(newer, older);
        remaining = remaining.filter((each) => each !== older);
        mergedInto.set(older.id, newer.id);
      }
    }
    if (newer) remaining.push(newer);
  }
  return remaining;
}

/** Rules 4 and 5: adds the batch to `stored`. Returns the ids of the actions that others were merged into. */
export function storeBatch(
  stored: ModelStore,
  batch: readonly ModelLoggedAction[],
  handlers: ModelHandlers,
): Set<string> {
  const changedIds = new Set<string>();
  const batchIds = new Set<string>();
  for (const incoming of combine(batch, handlers, stored.mergedInto)) {
    const delay = incoming.groupingDelay ?? handlers.groupingDelay(incoming.verb);
    const rule = handlers.group(incoming.verb);
    const group = [...stored.actions]
      .filter((older) => {
        if (!sameActor(older, incoming) || older.verb !== incoming.verb || delay < 0) return false;
        const isInWindow = delay > 0 && Math.abs(older.timestamp - incoming.timestamp) <= delay * 1_000;
        return batchIds.has(older.id) || isInWindow;
      })
      .sort(newestFirst)
      .find((older) => (rule ? rule(incoming, older) : isSimilar(incoming, older)));
    if (group) {
      stored.actions = stored.actions.map((each) => (each === group ? merge(group, incoming) : each));
      stored.mergedInto.set(incoming.id, group.id);
      if (!batchIds.has(group.id)) changedIds.add(group.id);
    } else {
      stored.actions.push(incoming);
      batchIds.add(incoming.id);
    }
  }
  return changedIds;
}

const isSimilar = (newer: ModelLoggedAction, older: ModelLoggedAction): boolean =>
  sameSet(newer.targets, older.targets) || sameSet(newer.related, older.related);

export const newestFirst = (left: ModelLoggedAction, right: ModelLoggedAction): number =>
  right.timestamp - left.timestamp || (left.id < right.id ? 1 : -1);

/** Rule 6. */
function merge(survivor: ModelLoggedAction, other: ModelLoggedAction): ModelLoggedAction {
  const { order, body, url, buttons } = (survivor.order ?? 0) > (other.order ?? 0) ? survivor : other;
  return {
    ...survivor,
    order,
    body,
    url,
    buttons,
    targets: union(survivor.targets, other.targets, isSameObject),
    related: union(survivor.related, other.related, isSameObject),
    level: Math.max(survivor.level, other.level),
    data: mergeData(survivor.data, other.data) as Record<string, Json>,
    updatedAt: Math.max(survivor.updatedAt, other.updatedAt),
    count: survivor.count + other.count,
    notify: union(survivor.notify, other.notify, (left, right) => left === right),
    groupingDelay: survivor.groupingDelay ?? other.groupingDelay,
  };
}

const isSameObject = (left: ModelObject, right: ModelObject): boolean => keyOf(left) === keyOf(right);

const union = <T>(own: readonly T[], others: readonly T[], isEqual: (left: T, right: T) => boolean): T[] => [
  ...own,
  ...others.filter((other) => !own.some((each) => isEqual(each, other))),
];

function mergeData(own: Json | undefined, other: Json | undefined): Json | undefined {
  if (own === undefined) return other;
  if (Array.isArray(own) && Array.isArray(other)) return union(own, other, isDeepStrictEqual);
  if (!isObject(own) || !isObject(other)) return own;
  const names = union(Object.keys(own), Object.keys(other), (left, right) => left === right);
  const entries = names.map((name) => [name, mergeData(own[name], other[name])] as const);
  return Object.fromEntries(entries) as Json;
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
