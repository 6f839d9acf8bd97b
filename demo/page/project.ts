/** The demo's own objects, as its page and its server name them. Pure, and without the DOM: the server imports it too. */
import type { Ref } from '@hubbub/client';

/** What the team works on. */
export const project = { type: 'project', id: 'website', name: 'Website' } as const satisfies Ref;

/** An issue of the project, as the demo's server keeps it. */
export interface Issue {
  /** Never used again, as deletion is for good. */
  id: string;
  title: string;
  open: boolean;
}

/** What happens to the project. Written out once: followers name verbs, too. */
export const verbs = {
  opened: 'opened',
  closed: 'closed',
  reopened: 'reopened',
  commented: 'commented on',
  starred: 'starred',
  unstarred: 'unstarred',
  deleted: 'deleted',
} as const;

/** Seconds within which issues that somebody closes or reopens together become one entry. */
export const groupedWithin = 30;

const prefix = `${project.id}/`;

export function issueId(token: string): string {
  return prefix + token;
}

export function issueRef({ id, title }: Pick<Issue, 'id' | 'title'>): Ref {
  return { type: 'issue', id, name: title };
}

/** Whether the id is one of the project's issues: the demo deletes nothing else. */
export function isIssueId(id: unknown): id is string {
  return typeof id === 'string' && /^website\/[a-z0-9-]{1,40}$/.test(id);
}
