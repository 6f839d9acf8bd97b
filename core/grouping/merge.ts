/** Rule 6 of the contract: what one action makes of another that merges into it. Nothing is changed in place. */
import type { Json } from '../../protocol/entities.ts';
import { canonical } from '../canonical.ts';
import { keyOf } from '../keys.ts';
import type { LoggedAction, StoredAction, StoredRef } from '../model.ts';

/** What actions that are logged and actions that are stored have in common. */
export type Content = Omit<StoredAction, 'rev'>;

/** The survivor with all of the other in it; the survivor's wins wherever only one can be. */
export function merge<T extends Content>(survivor: T, other: Content): T {
  return {
    ...survivor,
    actor: survivor.actor && other.actor ? filledIn(survivor.actor, other.actor) : survivor.actor,
    targets: uniteRefs(survivor.targets, other.targets),
    related: uniteRefs(survivor.related, other.related),
    level: Math.max(survivor.level, other.level),
    data: mergeObjects(survivor.data, other.data),
    updatedAt: Math.max(survivor.updatedAt, other.updatedAt),
    count: survivor.count + other.count,
    notify: other.notify.length > 0 ? [...new Set([...survivor.notify, ...other.notify])] : survivor.notify,
  };
}

/** As `merge`, of actions on their way in: the survivor asks for grouping as the other does where it does not say. */
export function mergeLogged<T extends LoggedAction>(survivor: T, other: LoggedAction): T {
  return { ...merge(survivor, other), groupingDelay: survivor.groupingDelay ?? other.groupingDelay };
}

/** Of the same object: what the known ref lacks (name, address, image, that it was deleted) the other one gives. */
function filledIn(known: StoredRef, other: StoredRef): StoredRef {
  if (keyOf(known) !== keyOf(other)) return known;
  return { ...other, ...known };
}

function uniteRefs(known: StoredRef[], others: readonly StoredRef[]): StoredRef[] {
  if (others.length === 0) return known;
  const united = new Map(known.map((ref) => [keyOf(ref), ref]));
  for (const other of others) {
    const key = keyOf(other);
    const ref = united.get(key);
    united.set(key, ref ? filledIn(ref, other) : other);
  }
  return [...united.values()];
}

type JsonObject = Record<string, Json>;

function mergeObjects(survivor: JsonObject, other: JsonObject): JsonObject {
  const merged = new Map(Object.entries(survivor));
  for (const [name, value] of Object.entries(other)) {
    const own = merged.get(name);
    merged.set(name, own === undefined ? value : mergeValues(own, value));
  }
  // fromEntries and not assignment: a key named __proto__ stays a key.
  return Object.fromEntries(merged);
}

function mergeValues(own: Json, other: Json): Json {
  if (Array.isArray(own)) return Array.isArray(other) ? uniteLists(own, other) : own;
  return isObject(own) && isObject(other) ? mergeObjects(own, other) : own;
}

/** What the first list holds stays as it is, with what only the second holds behind it. */
function uniteLists(own: Json[], others: Json[]): Json[] {
  if (others.length === 0) return own;
  const known = new Set(own.map(canonical));
  const united = [...own];
  for (const other of others) {
    const text = canonical(other);
    if (known.has(text)) continue;
    known.add(text);
    united.push(other);
  }
  return united;
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
