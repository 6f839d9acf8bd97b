import type { Content } from './merge.ts';

/**
 * How large an action may become by merging. What would make it larger joins it no longer and is an action of its own: a
 * group that never ends would otherwise outgrow what a database takes as one document.
 */
export const mergedLimits = {
  /** Targets and related. */
  refs: 5_000,
  notify: 10_000,
  /** Characters of the data as JSON. */
  data: 262_144,
} as const;

/** Whether the two together stay within the limits. What both have counts twice. */
export function fits(survivor: Content, other: Content): boolean {
  const both = [survivor, other];
  if (sum(both, ({ targets, related }) => targets.length + related.length) > mergedLimits.refs) return false;
  if (sum(both, ({ notify }) => notify.length) > mergedLimits.notify) return false;
  return isEmpty(other.data) || sum(both, ({ data }) => JSON.stringify(data).length) <= mergedLimits.data;
}

const sum = (both: readonly Content[], size: (content: Content) => number): number =>
  both.reduce((total, content) => total + size(content), 0);

const isEmpty = (data: object): boolean => Object.keys(data).length === 0;
