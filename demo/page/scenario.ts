/** The controls of the project. Each click logs an action to the hub as the acting user. */
import { type ActionInput, HubError } from '@hubbub/client';
import type { BoardStore } from './board-store.ts';
import { DeletionDialog } from './deletion.ts';
import { byId } from './dom.ts';
import { IssueList } from './issues.ts';
import { type Issue, project } from './project.ts';
import {
  actorOf,
  bulkSetOpenActions,
  commentAction,
  openAction,
  selectBulkIssues,
  setOpenAction,
  starAction,
} from './project-actions.ts';
import type { Session } from './session.ts';

export interface ScenarioOptions {
  board: BoardStore;
  /** The session of the acting user. */
  actingSession(): Session;
  onCall(name: string, ...input: unknown[]): void;
  /** An action was accepted. `sentAt`: when it was sent (`performance.now()`). */
  onSent(action: string, sentAt: number): void;
}

export class Scenario {
  readonly #options: ScenarioOptions;
  readonly #list: IssueList;
  readonly #dialog: DeletionDialog;
  readonly #status = byId('said', HTMLElement);
  readonly #star = byId('star', HTMLButtonElement);
  readonly #form = byId('open-issue', HTMLFormElement);
  readonly #title = byId('new-title', HTMLInputElement);
  #commentCount = 0;
  #text = '';
  #addendum: string[] = [];

  constructor(options: ScenarioOptions) {
    this.#options = options;
    this.#list = new IssueList({
      toggle: (issue) => this.#run(() => this.#toggleOpen(issue)),
      comment: (issue) => this.#run(() => this.#comment(issue)),
      remove: (issue) => this.#dialog.open(options.board.issues, issue),
    });
    this.#dialog = new DeletionDialog((id, actions) => this.#run(() => this.#delete(id, actions)));
    this.#star.addEventListener('click', () => this.#run(() => this.#toggleStar()));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#run(() => this.#open());
    });
    byId('many', HTMLButtonElement).addEventListener('click', () => this.#run(() => this.#toggleMany()));
    byId('delete', HTMLButtonElement).addEventListener('click', () =>
      this.#dialog.open(options.board.issues),
    );
    byId('visit', HTMLButtonElement).addEventListener('click', () => this.#run(() => this.#visit()));
  }

  /** Shows the board's issues. */
  show(issues: readonly Issue[]): void {
    this.#list.show(issues);
    const { open, issues: chosen } = selectBulkIssues(issues);
    const count = ['no', 'one', 'two', 'three', 'four', 'five'][chosen.length] ?? String(chosen.length);
    byId('many-name', HTMLElement).textContent =
      `${open ? 'Reopen' : 'Close'} ${count} ${chosen.length === 1 ? 'issue' : 'issues'}`;
    byId('many', HTMLButtonElement).disabled = chosen.length === 0;
    byId('delete', HTMLButtonElement).disabled = issues.length === 0;
  }

  /** Updates the star after the acting user or their star changed. */
  showActing(): void {
    this.#star.setAttribute('aria-pressed', String(this.#options.actingSession().starred));
  }

  /** Shows the result or the error of the last operation. */
  showStatus(text: string, failed = false): void {
    this.#text = text;
    this.#status.textContent = [text, ...(failed ? [] : this.#addendum)].join(' ');
    this.#status.classList.toggle('failed', failed);
  }

  /** Appends a text to the result of the last operation, even if it arrives before that result. */
  add(text: string): void {
    this.#addendum = [text];
    this.#status.textContent = [this.#text, text].join(' ').trim();
  }

  async #toggleOpen(issue: Issue): Promise<string> {
    const open = !issue.open;
    await this.#options.board.setOpen([issue], open);
    await this.#log(setOpenAction(this.#actor(), issue, open));
    return `${this.#name()} ${open ? 'reopened' : 'closed'} ${issue.title}.`;
  }

  async #comment(issue: Issue): Promise<string> {
    this.#commentCount += 1;
    await this.#log(commentAction(this.#actor(), issue, this.#commentCount));
    return `${this.#name()} commented on ${issue.title}.`;
  }

  async #toggleStar(): Promise<string> {
    const starred = this.#star.getAttribute('aria-pressed') === 'false';
    // Shown at once. The watch then confirms it.
    this.#star.setAttribute('aria-pressed', String(starred));
    await this.#log(starAction(this.#actor(), starred));
    return `${this.#name()} ${starred ? 'starred' : 'unstarred'} ${project.name}.`;
  }

  async #open(): Promise<string> {
    const title = this.#title.value.trim();
    if (title === '') {
      this.#title.focus();
      return 'Give the issue a title first.';
    }
    const issue = await this.#options.board.open(title);
    this.#form.reset();
    await this.#log(openAction(this.#actor(), issue));
    return `${this.#name()} opened ${issue.title}.`;
  }

  async #toggleMany(): Promise<string> {
    const { issues, open } = selectBulkIssues(this.#options.board.issues);
    const actions = bulkSetOpenActions(this.#actor(), issues, open);
    await this.#options.board.setOpen(issues, open);
    // One after another, as a user would work through a list, so that the item grows visibly.
    for (const action of actions) await this.#log(action);
    return `${this.#name()} ${open ? 'reopened' : 'closed'} ${issues.length} issues: ${issues.length} actions, one entry.`;
  }

  async #delete(id: string, actions: 'keep' | 'delete'): Promise<string> {
    const issue = this.#options.board.issues.find((each) => each.id === id);
    this.#options.onCall('hubServer.deleteObject', `issue:${id}`, { actions });
    await this.#options.board.delete(id, actions, this.#options.actingSession().person.id);
    const history = actions === 'keep' ? 'its history stays' : 'its history is gone from all inboxes';
    return `${issue?.title ?? 'The issue'} is deleted; ${history}.`;
  }

  async #visit(): Promise<string> {
    const { hub, person } = this.#options.actingSession();
    const input = { name: 'PageViewed', note: location.pathname, related: `project:${project.id}` };
    this.#options.onCall('hub.event', input);
    const event = await hub.event(input);
    return `Recorded: ${event.name} by ${person.name} at ${new Date(event.timestamp).toLocaleTimeString()}.`;
  }

  async #log(action: ActionInput): Promise<void> {
    const sentAt = performance.now();
    this.#options.onCall('hub.log', action);
    const { ids } = await this.#options.actingSession().hub.log(action);
    for (const id of ids) this.#options.onSent(id, sentAt);
  }

  #actor() {
    return actorOf(this.#options.actingSession().person);
  }

  #name(): string {
    return this.#options.actingSession().person.name;
  }

  #run(operation: () => Promise<string>): void {
    this.#text = '';
    this.#addendum = [];
    operation().then(
      (message) => this.showStatus(message),
      (thrown: unknown) => {
        this.showStatus(HubError.from(thrown).message, true);
        // Undo the optimistic updates.
        void this.#options.board.refresh();
        this.showActing();
      },
    );
  }
}
