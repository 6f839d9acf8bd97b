/** The project's issues from the demo's server. They are fetched again whenever the hub pushes an action. */
import * as backend from './backend.ts';
import type { Issue } from './project.ts';

export class BoardStore {
  readonly #onChange: (issues: readonly Issue[]) => void;
  readonly #onError: (thrown: unknown) => void;
  #issues: readonly Issue[] = [];
  #isRefreshing = false;
  #refreshAgain = false;
  /** Increments with each change from here. A response to an earlier request is outdated. */
  #version = 0;

  constructor(onChange: (issues: readonly Issue[]) => void, onError: (thrown: unknown) => void) {
    this.#onChange = onChange;
    this.#onError = onError;
  }

  get issues(): readonly Issue[] {
    return this.#issues;
  }

  /** Runs one request at a time. Calls during a request cause exactly one more. */
  async refresh(): Promise<void> {
    this.#refreshAgain = true;
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    try {
      while (this.#refreshAgain) {
        this.#refreshAgain = false;
        const version = this.#version;
        const issues = await backend.fetchIssues();
        if (version === this.#version) this.#set(issues);
      }
    } catch (thrown) {
      this.#onError(thrown);
    } finally {
      this.#isRefreshing = false;
    }
  }

  async open(title: string): Promise<Issue> {
    const issue = await backend.openIssue(title);
    this.#set([...this.#issues.filter(({ id }) => id !== issue.id), issue]);
    return issue;
  }

  async setOpen(issues: readonly Issue[], open: boolean): Promise<void> {
    this.#set(
      await backend.setOpen(
        issues.map(({ id }) => id),
        open,
      ),
    );
  }

  async delete(id: string, actions: 'keep' | 'delete', user: string): Promise<void> {
    this.#set(await backend.deleteIssue(id, actions, user));
  }

  #set(issues: readonly Issue[]): void {
    this.#version += 1;
    this.#issues = issues;
    this.#onChange(issues);
  }
}
