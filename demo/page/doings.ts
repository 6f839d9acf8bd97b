/** What a person can do to the project, as the action that tells of it. Pure. */
import type { ActionInput, Ref } from '@hubbub/client';
import { groupedWithin, type Issue, issueRef, project, verbs } from './project.ts';

const remarks = [
  'I can reproduce this.',
  'Looks good to me.',
  'Who can have a look?',
  'That would help our customers.',
  'Done in the next release.',
] as const;

export function actorOf({ id, name, image }: { id: string; name: string; image?: string }): Ref {
  return { type: 'user', id, name, ...(image !== undefined && { image }) };
}

/** One press, one entry: it joins no group. */
function single(actor: Ref, verb: string, issue: Pick<Issue, 'id' | 'title'>): ActionInput {
  return { actor, verb, targets: issueRef(issue), related: project, groupingDelay: -1 };
}

export function opening(actor: Ref, issue: Issue): ActionInput {
  return single(actor, verbs.opened, issue);
}

export function moving(actor: Ref, issue: Issue, open: boolean): ActionInput {
  return single(actor, open ? verbs.reopened : verbs.closed, issue);
}

/** `turn` chooses what is said. */
export function commenting(actor: Ref, issue: Issue, turn: number): ActionInput {
  return { ...single(actor, verbs.commented, issue), excerpt: remarks[turn % remarks.length] };
}

export function starring(actor: Ref, starred: boolean): ActionInput {
  return { actor, verb: starred ? verbs.starred : verbs.unstarred, targets: project, groupingDelay: -1 };
}

/**
 * Similar actions (same actor and verb, related to the same) within the window: the hub makes them one entry. The first
 * joins none, so that what was done before stays apart.
 */
export function movingMany(actor: Ref, issues: readonly Issue[], open: boolean): ActionInput[] {
  return issues.map((issue, n) => ({
    ...moving(actor, issue, open),
    groupingDelay: n === 0 ? -1 : groupedWithin,
  }));
}

export const many = 5;

/** What the button for many issues does at the moment: closes five, or where fewer are open reopens them. */
export function manyOf(issues: readonly Issue[]): { issues: readonly Issue[]; open: boolean } {
  const [open, closed] = [issues.filter((issue) => issue.open), issues.filter((issue) => !issue.open)];
  const reopens = open.length < many && closed.length > open.length;
  return { issues: (reopens ? closed : open).slice(0, many), open: reopens };
}
