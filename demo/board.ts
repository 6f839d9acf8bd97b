/**
 * The issues of the project, as an application keeps its own objects: here in memory. What happened to them is the hub's
 * to remember, and at start the board is read back from that.
 */
import type { Action, DeletedRef, Ref } from '../protocol/entities.ts';
import { oneLine } from './display.ts';
import { type Issue, isIssueId, issueId, verbs } from './page/project.ts';

const mostIssues = 60;
const longestTitle = 80;

/** What the board cannot do, in one line. */
export class BoardError extends Error {}

export class Board {
  /** Oldest first. */
  #issues: readonly Issue[] = [];
  readonly #token: () => string;

  /** `token`: a part of an id that was never used before, of a to z, 0 to 9 and `-`. */
  constructor(token: () => string) {
    this.#token = token;
  }

  issues(): readonly Issue[] {
    return this.#issues;
  }

  fill(issues: readonly Issue[]): void {
    this.#issues = issues;
  }

  /** @throws BoardError where the title says nothing, or there are 60 issues already */
  open(title: string): Issue {
    const shown = oneLine(title, longestTitle);
    if (shown === '') throw new BoardError('title: must say something');
    if (this.#issues.length >= mostIssues) {
      throw new BoardError(`title: ${mostIssues} issues are enough; delete some`);
    }
    const issue = { id: issueId(this.#token()), title: shown, open: true };
    this.#issues = [...this.#issues, issue];
    return issue;
  }

  /** Those that are not on the board are passed over: another visitor may have deleted them. */
  setOpen(ids: readonly string[], open: boolean): void {
    this.#issues = this.#issues.map((issue) => (ids.includes(issue.id) ? { ...issue, open } : issue));
  }

  /** Answers the issue; undefined where it is not on the board. */
  remove(id: string): Issue | undefined {
    const issue = this.#issues.find((each) => each.id === id);
    this.#issues = this.#issues.filter((each) => each !== issue);
    return issue;
  }
}

/**
 * The board as the actions about the project tell it: every issue that they name and that is not deleted, in the state
 * that the last of them left it in. `actions` in any order.
 */
export function issuesOf(actions: readonly Action[]): Issue[] {
  const issues = new Map<string, Issue>();
  const inOrder = [...actions].sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1));
  for (const { verb, targets } of inOrder) {
    for (const target of targets) {
      if (target.type !== 'issue' || !isIssueId(target.id) || isDeleted(target)) continue;
      const known = issues.get(target.id) ?? { id: target.id, title: target.name ?? target.id, open: true };
      issues.set(target.id, { ...known, open: openAfter(verb, known.open) });
    }
  }
  return [...issues.values()].slice(-mostIssues);
}

function openAfter(verb: string, before: boolean): boolean {
  if (verb === verbs.closed) return false;
  return verb === verbs.reopened || before;
}

function isDeleted(ref: Ref | DeletedRef): ref is DeletedRef {
  return 'deleted' in ref;
}
