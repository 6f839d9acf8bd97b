/** Merges one action into another (rule 6). Never mutates its inputs. */
import type { Json } from '../../protocol/entities.ts';
import { canonical } from '../model/canonical.ts';
import type { LoggedAction, StoredAction, StoredRef } from '../model/entities.ts';
import { keyOf } from '../model/keys.ts';
import { later } from '../model/units.ts';

/** The common part of logged and stored actions. */
export type ActionContent = Omit<StoredAction, 'version'>;

/**
 * Returns the survivor with the content of the other action. The survivor's values win, except for `body`, `url` and `buttons`:
 * these are those of the action that was accepted last, also if it has none. `isOtherLatest`: that is the other.
 */
export function merge<T extends ActionContent>(survivor: T, other: ActionContent, isOtherLatest: boolean): T {
  const { body, url, buttons } = isOtherLatest ? other : survivor;
  return {
    ...survivor,
    body,
    url,
    buttons,
    actor: survivor.actor && other.actor ? withMissingFields(survivor.actor, other.actor) : survivor.actor,
    targets: uniteRefs(survivor.targets, other.targets),
    related: uniteRefs(survivor.related, other.related),
    level: Math.max(survivor.level, other.level),
    data: mergeObjects(survivor.data, other.data),
    updatedAt: later(survivor.updatedAt, other.updatedAt),
    count: survivor.count + other.count,
    notify: other.notify.length > 0 ? [...new Set([...survivor.notify, ...other.notify])] : survivor.notify,
  };
}

/** As `merge`, for actions that are not stored yet: also merges the grouping delay. */
export function mergeLogged<T extends LoggedAction>(
  survivor: T,
  other: LoggedAction,
  isOtherLatest: boolean,
): T {
  const merged = merge(survivor, other, isOtherLatest);
  return { ...merged, groupingDelay: survivor.groupingDelay ?? other.groupingDelay };
}

/** Adds fields that the known ref lacks (name, URL, image, deletion) from a ref of the same object. */
function withMissingFields(known: StoredRef, other: StoredRef): StoredRef {
  if (keyOf(known) !== keyOf(other)) return known;
  return { ...other, ...known };
}

function uniteRefs(known: StoredRef[], others: readonly StoredRef[]): StoredRef[] {
  if (others.length === 0) return known;
  const united = new Map(known.map((ref) => [keyOf(ref), ref]));
  for (const other of others) {
    const key = keyOf(other);
    const ref = united.get(key);
    united.set(key, ref ? withMissingFields(ref, other) : other);
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

/** Appends the elements that only the second list contains. */
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
