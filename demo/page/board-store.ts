/** The project's issues as the demo's server keeps them: asked for again whenever the hub tells that something happened. */
import * as backend from './backend.ts';
import type { Issue } from './project.ts';

export class BoardStore {
  readonly #changed: (issues: readonly Issue[]) => void;
  readonly #failed: (thrown: unknown) => void;
  #issues: readonly Issue[] = [];
  #asking = false;
  #again = false;
  /** How often it was changed from here: an answer that was asked for before is old. */
  #changes = 0;

  constructor(changed: (issues: readonly Issue[]) => void, failed: (thrown: unknown) => void) {
    this.#changed = changed;
    this.#failed = failed;
  }

  get issues(): readonly Issue[] {
    return this.#issues;
  }

  /** However often it is called meanwhile, one question at a time and one more. */
  async refresh(): Promise<void> {
    this.#again = true;
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#again) {
        this.#again = false;
        const before = this.#changes;
        const issues = await backend.issues();
        if (before === this.#changes) this.#set(issues);
      }
    } catch (thrown) {
      this.#failed(thrown);
    } finally {
      this.#asking = false;
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
    this.#changes += 1;
    this.#issues = issues;
    this.#changed(issues);
  }
}
