import { sizesOf } from '../model/size.ts';
import type { ActionContent } from './merge.ts';

/**
 * The maximum size of a merged action; one that would exceed it is not merged. Otherwise an endless group
 * would exceed the document size limit of the database (16 MB).
 */
export const mergeLimits = {
  /** Number of targets and related objects. */
  refs: 5_000,
  notify: 10_000,
  /** Characters of the data as JSON. */
  data: 262_144,
  /** Characters of all parts that grow: refs with their display fields, users and data. */
  content: 1_048_576,
} as const;

/** Returns true if both actions together stay within the limits. Counts common parts twice. */
export function withinMergeLimits(survivor: ActionContent, other: ActionContent): boolean {
  const refs = refCount(survivor) + refCount(other);
  if (refs > mergeLimits.refs || survivor.notify.length + other.notify.length > mergeLimits.notify)
    return false;
  const [own, others] = [sizesOf(survivor), sizesOf(other)];
  if (!isEmpty(other.data) && own.data + others.data > mergeLimits.data) return false;
  return own.total + others.total <= mergeLimits.content;
}

const refCount = ({ targets, related }: ActionContent): number => targets.length + related.length;

const isEmpty = (data: object): boolean => Object.keys(data).length === 0;
