/**
 * The issues of the project. An application stores its own objects; here they are in memory. The hub stores their
 * history, and at startup the board is restored from it.
 */
import type { Action, DeletedRef, Ref } from '../protocol/entities.ts';
import { oneLine } from './display.ts';
import { type Issue, isIssueId, issueId, verbs } from './page/project.ts';

const maxIssues = 60;
const maxTitleLength = 80;

/** An invalid operation on the board, in one line. */
export class BoardError extends Error {}

export class Board {
  /** Oldest first. */
  #issues: readonly Issue[] = [];
  readonly #token: () => string;

  /** `token` returns a unique part of an id, of a to z, 0 to 9 and `-`. */
  constructor(token: () => string) {
    this.#token = token;
  }

  issues(): readonly Issue[] {
    return this.#issues;
  }

  fill(issues: readonly Issue[]): void {
    this.#issues = issues;
  }

  /** @throws BoardError if the title is empty, or there are 60 issues already */
  open(title: string): Issue {
    const cleanTitle = oneLine(title, maxTitleLength);
    if (cleanTitle === '') throw new BoardError('title: must not be empty');
    if (this.#issues.length >= maxIssues) {
      throw new BoardError(`title: the board is limited to ${maxIssues} issues; delete some`);
    }
    const issue = { id: issueId(this.#token()), title: cleanTitle, open: true };
    this.#issues = [...this.#issues, issue];
    return issue;
  }

  /** Ignores ids that are not on the board: another visitor may have deleted them. */
  setOpen(ids: readonly string[], open: boolean): void {
    this.#issues = this.#issues.map((issue) => (ids.includes(issue.id) ? { ...issue, open } : issue));
  }

  /** Returns the removed issue; undefined if it is not on the board. */
  remove(id: string): Issue | undefined {
    const issue = this.#issues.find((each) => each.id === id);
    this.#issues = this.#issues.filter((each) => each !== issue);
    return issue;
  }
}

/**
 * Restores the board from the actions about the project: every issue that they name and that is not deleted, with the
 * state after its last action. `actions` in any order.
 */
export function issuesOf(actions: readonly Action[]): Issue[] {
  const issues = new Map<string, Issue>();
  const inOrder = [...actions].sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1));
  for (const { verb, targets } of inOrder) {
    for (const target of targets) {
      if (target.type !== 'issue' || !isIssueId(target.id) || isDeleted(target)) continue;
      const issue = issues.get(target.id) ?? { id: target.id, title: target.name ?? target.id, open: true };
      issues.set(target.id, { ...issue, open: openAfter(verb, issue.open) });
    }
  }
  return [...issues.values()].slice(-maxIssues);
}

function openAfter(verb: string, before: boolean): boolean {
  if (verb === verbs.closed) return false;
  return verb === verbs.reopened || before;
}

function isDeleted(ref: Ref | DeletedRef): ref is DeletedRef {
  return 'deleted' in ref;
}
