import { sizesOf } from '../size.ts';
import type { Content } from './merge.ts';

/**
 * How large an action may become by merging. What would make it larger joins it no longer and is an action of its own: a
 * group that never ends would otherwise outgrow what a database takes as one document (16 MB), and one that many read.
 */
export const mergedLimits = {
  /** Targets and related. */
  refs: 5_000,
  notify: 10_000,
  /** Characters of the data as JSON. */
  data: 262_144,
  /** Characters of everything that grows: refs with what is shown of them, users, data. */
  content: 1_048_576,
} as const;

/** Whether the two together stay within the limits. What both have counts twice. */
export function fits(survivor: Content, other: Content): boolean {
  const refs = refsIn(survivor) + refsIn(other);
  if (refs > mergedLimits.refs || survivor.notify.length + other.notify.length > mergedLimits.notify)
    return false;
  const [own, others] = [sizesOf(survivor), sizesOf(other)];
  if (!isEmpty(other.data) && own.data + others.data > mergedLimits.data) return false;
  return own.all + others.all <= mergedLimits.content;
}

const refsIn = ({ targets, related }: Content): number => targets.length + related.length;

const isEmpty = (data: object): boolean => Object.keys(data).length === 0;
