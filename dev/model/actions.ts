/**
 * What the contract says of how actions become part of others (rules 4, 5 and 6), as plainly as it can be put in code and
 * knowing nothing of how the hub does it: everything is compared with everything each time.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../protocol/entities.ts';
import type { ModelObject } from './feed.ts';

export interface ModelLogged {
  id: string;
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

/** What the verb's handler says of two actions; both forms that a hub's handlers are given will do. */
export type Says = (newer: Compared, older: Compared) => boolean;
export type Compared = { level: number; targets: readonly ModelObject[]; related: readonly ModelObject[] };

export interface ModelHandlers {
  /** Seconds, of actions of the verb that name none. */
  groupingDelay: (verb: string) => number;
  combineWith: (verb: string, other: string) => Says | null;
  group: (verb: string) => Says | null;
}

export interface Stored {
  actions: ModelLogged[];
  /** What every id ended in: its own, or that of the action it became part of. */
  into: Map<string, string>;
}

export const keyOf = ({ type, id }: ModelObject): string => `${type}:${id}`;
const sameActor = (left: ModelLogged, right: ModelLogged): boolean =>
  (left.actor && keyOf(left.actor)) === (right.actor && keyOf(right.actor));
const keys = (objects: readonly ModelObject[]): string[] => objects.map(keyOf).sort();
const sameSet = (left: readonly ModelObject[], right: readonly ModelObject[]): boolean =>
  isDeepStrictEqual(keys(left), keys(right));

/** Rule 4; answers what is left of the batch, in order. */
function combine(
  batch: readonly ModelLogged[],
  handlers: ModelHandlers,
  into: Map<string, string>,
): ModelLogged[] {
  let left: ModelLogged[] = [];
  for (const logged of batch) {
    let newer: ModelLogged | null = logged;
    for (const older of [...left].reverse()) {
      if (!newer || !sameActor(newer, older)) continue;
      const among = new Set(keys(older.targets));
      if (!keys(newer.targets).every((key) => among.has(key))) continue;
      if (handlers.combineWith(newer.verb, older.verb)?.(newer, older)) {
        const merged = merge(older, newer);
        left = left.map((each) => (each === older ? merged : each));
        into.set(newer.id, older.id);
        newer = null;
      } else if (handlers.combineWith(older.verb, newer.verb)?.(newer, older)) {
        newer = merge(newer, older);
        left = left.filter((each) => each !== older);
        into.set(older.id, newer.id);
      }
    }
    if (newer) left.push(newer);
  }
  return left;
}

/** Rules 4 and 5: what is stored after the batch, where `stored` was before. Answers the ids that gained something. */
export function store(stored: Stored, batch: readonly ModelLogged[], handlers: ModelHandlers): Set<string> {
  const gained = new Set<string>();
  const ofBatch = new Set<string>();
  for (const arriving of combine(batch, handlers, stored.into)) {
    const delay = arriving.groupingDelay ?? handlers.groupingDelay(arriving.verb);
    const says = handlers.group(arriving.verb);
    const group = [...stored.actions]
      .filter((older) => {
        if (!sameActor(older, arriving) || older.verb !== arriving.verb || delay < 0) return false;
        const isNear = delay > 0 && Math.abs(older.timestamp - arriving.timestamp) <= delay * 1_000;
        return ofBatch.has(older.id) || isNear;
      })
      .sort(newestFirst)
      .find((older) => (says ? says(arriving, older) : isSimilar(arriving, older)));
    if (group) {
      stored.actions = stored.actions.map((each) => (each === group ? merge(group, arriving) : each));
      stored.into.set(arriving.id, group.id);
      if (!ofBatch.has(group.id)) gained.add(group.id);
    } else {
      stored.actions.push(arriving);
      ofBatch.add(arriving.id);
    }
  }
  return gained;
}

const isSimilar = (newer: ModelLogged, older: ModelLogged): boolean =>
  sameSet(newer.targets, older.targets) || sameSet(newer.related, older.related);

export const newestFirst = (left: ModelLogged, right: ModelLogged): number =>
  right.timestamp - left.timestamp || (left.id < right.id ? 1 : -1);

/** Rule 6. */
function merge(survivor: ModelLogged, other: ModelLogged): ModelLogged {
  return {
    ...survivor,
    targets: unite(survivor.targets, other.targets, isSameObject),
    related: unite(survivor.related, other.related, isSameObject),
    level: Math.max(survivor.level, other.level),
    data: mergeData(survivor.data, other.data) as Record<string, Json>,
    updatedAt: Math.max(survivor.updatedAt, other.updatedAt),
    count: survivor.count + other.count,
    notify: unite(survivor.notify, other.notify, (left, right) => left === right),
    groupingDelay: survivor.groupingDelay ?? other.groupingDelay,
  };
}

const isSameObject = (left: ModelObject, right: ModelObject): boolean => keyOf(left) === keyOf(right);

const unite = <T>(own: readonly T[], others: readonly T[], same: (left: T, right: T) => boolean): T[] => [
  ...own,
  ...others.filter((other) => !own.some((each) => same(each, other))),
];

function mergeData(own: Json | undefined, other: Json | undefined): Json | undefined {
  if (own === undefined) return other;
  if (Array.isArray(own) && Array.isArray(other)) return unite(own, other, isDeepStrictEqual);
  if (!isObject(own) || !isObject(other)) return own;
  const names = unite(Object.keys(own), Object.keys(other), (left, right) => left === right);
  const entries = names.map((name) => [name, mergeData(own[name], other[name])] as const);
  return Object.fromEntries(entries) as Json;
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
