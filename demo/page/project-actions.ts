/** Creates the actions for what a user does in the project. Pure. */
import type { ActionInput, Ref } from '@hubbub/client';
import { groupingWindow, type Issue, issueRef, project, verbs } from './project.ts';

const sampleComments = [
  'I can reproduce this.',
  'Looks good to me.',
  'Who can have a look?',
  'That would help our customers.',
  'Done in the next release.',
] as const;

export function actorOf({ id, name, image }: { id: string; name: string; image?: string }): Ref {
  return { type: 'user', id, name, ...(image !== undefined && { image }) };
}

/** Grouping is off, so that each click becomes one item. */
function ungroupedAction(actor: Ref, verb: string, issue: Pick<Issue, 'id' | 'title'>): ActionInput {
  return { actor, verb, targets: issueRef(issue), related: project, groupingDelay: -1 };
}

export function openAction(actor: Ref, issue: Issue): ActionInput {
  return ungroupedAction(actor, verbs.opened, issue);
}

export function setOpenAction(actor: Ref, issue: Issue, open: boolean): ActionInput {
  return ungroupedAction(actor, open ? verbs.reopened : verbs.closed, issue);
}

/** `index` selects the comment's text. */
export function commentAction(actor: Ref, issue: Issue, index: number): ActionInput {
  return {
    ...ungroupedAction(actor, verbs.commented, issue),
    body: sampleComments[index % sampleComments.length],
  };
}

export function starAction(actor: Ref, starred: boolean): ActionInput {
  return { actor, verb: starred ? verbs.starred : verbs.unstarred, targets: project, groupingDelay: -1 };
}

/**
 * Similar actions (same actor, verb and related objects) within the grouping window: the hub combines them into one
 * item. The first one is ungrouped, so that it is not combined with earlier actions.
 */
export function bulkSetOpenActions(actor: Ref, issues: readonly Issue[], open: boolean): ActionInput[] {
  return issues.map((issue, n) => ({
    ...setOpenAction(actor, issue, open),
    groupingDelay: n === 0 ? -1 : groupingWindow,
  }));
}

export const bulkSize = 5;

/**
 * The current effect of the bulk button: closes up to five issues, or reopens them if fewer than five are open and more
 * are closed.
 */
export function selectBulkIssues(issues: readonly Issue[]): { issues: readonly Issue[]; open: boolean } {
  const [open, closed] = [issues.filter((issue) => issue.open), issues.filter((issue) => !issue.open)];
  const shouldReopen = open.length < bulkSize && closed.length > open.length;
  return { issues: (shouldReopen ? closed : open).slice(0, bulkSize), open: shouldReopen };
}
