/** The demo's objects, shared by its page and its server. Pure, without the DOM, because the server imports it too. */
import type { Ref } from '@hubbub/client';

/** The team's project. */
export const project = { type: 'project', id: 'website', name: 'Website' } as const satisfies Ref;

/** An issue of the project, as the demo's server stores it. */
export interface Issue {
  /** Never reused, because deletion is permanent. */
  id: string;
  title: string;
  open: boolean;
}

/** The verbs of the project's actions. Trackers use them, too. */
export const verbs = {
  opened: 'opened',
  closed: 'closed',
  reopened: 'reopened',
  commented: 'commented on',
  starred: 'starred',
  unstarred: 'unstarred',
  deleted: 'deleted',
  requestedReview: 'asked for a review of',
  approved: 'approved',
  requestedChanges: 'asked for changes to',
  delayed: 'delayed',
} as const;

/** Seconds within which issues that a user closes or reopens are combined into one item. */
export const groupingWindow = 30;

const prefix = `${project.id}/`;

export function issueId(token: string): string {
  return prefix + token;
}

export function issueRef({ id, title }: Pick<Issue, 'id' | 'title'>): Ref {
  return { type: 'issue', id, name: title };
}

/** Whether the id is of one of the project's issues. The demo deletes nothing else. */
export function isIssueId(id: unknown): id is string {
  return typeof id === 'string' && /^website\/[a-z0-9-]{1,40}$/.test(id);
}
