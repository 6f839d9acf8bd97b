/** What can be done to the project: each press tells the hub, as the person who acts, what happened. */
import { type ActionInput, HubError } from '@hubbub/client';
import type { BoardStore } from './board-store.ts';
import { DeletionDialog } from './deletion.ts';
import { actorOf, commenting, manyOf, moving, movingMany, opening, starring } from './doings.ts';
import { byId } from './dom.ts';
import { IssueList } from './issues.ts';
import { type Issue, project } from './project.ts';
import type { Session } from './session.ts';

export interface ScenarioOptions {
  board: BoardStore;
  /** Who acts. */
  acting(): Session;
  ran(name: string, ...input: unknown[]): void;
  /** An action was accepted that was sent at this time (`performance.now()`). */
  sent(action: string, at: number): void;
}

export class Scenario {
  readonly #options: ScenarioOptions;
  readonly #list: IssueList;
  readonly #dialog: DeletionDialog;
  readonly #said = byId('said', HTMLElement);
  readonly #star = byId('star', HTMLButtonElement);
  readonly #form = byId('open-issue', HTMLFormElement);
  readonly #title = byId('new-title', HTMLInputElement);
  #remarks = 0;
  #text = '';
  #added: string[] = [];

  constructor(options: ScenarioOptions) {
    this.#options = options;
    this.#list = new IssueList({
      toggle: (issue) => this.#do(() => this.#move(issue)),
      comment: (issue) => this.#do(() => this.#comment(issue)),
      remove: (issue) => this.#dialog.ask(options.board.issues, issue),
    });
    this.#dialog = new DeletionDialog((id, actions) => this.#do(() => this.#delete(id, actions)));
    this.#star.addEventListener('click', () => this.#do(() => this.#toggleStar()));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#do(() => this.#open());
    });
    byId('many', HTMLButtonElement).addEventListener('click', () => this.#do(() => this.#moveMany()));
    byId('delete', HTMLButtonElement).addEventListener('click', () => this.#dialog.ask(options.board.issues));
    byId('visit', HTMLButtonElement).addEventListener('click', () => this.#do(() => this.#visit()));
  }

  /** The board's issues have changed. */
  show(issues: readonly Issue[]): void {
    this.#list.show(issues);
    const { open, issues: chosen } = manyOf(issues);
    const count = ['no', 'one', 'two', 'three', 'four', 'five'][chosen.length] ?? String(chosen.length);
    byId('many-name', HTMLElement).textContent =
      `${open ? 'Reopen' : 'Close'} ${count} ${chosen.length === 1 ? 'issue' : 'issues'}`;
    byId('many', HTMLButtonElement).disabled = chosen.length === 0;
    byId('delete', HTMLButtonElement).disabled = issues.length === 0;
  }

  /** Somebody else acts, or the stars have changed. */
  showActing(): void {
    this.#star.setAttribute('aria-pressed', String(this.#options.acting().starred));
  }

  /** What was done, or what went wrong. */
  say(text: string, failed = false): void {
    this.#text = text;
    this.#said.textContent = [text, ...(failed ? [] : this.#added)].join(' ');
    this.#said.classList.toggle('failed', failed);
  }

  /** Said behind what was done last, whichever comes first. */
  add(text: string): void {
    this.#added = [text];
    this.#said.textContent = [this.#text, text].join(' ').trim();
  }

  async #move(issue: Issue): Promise<string> {
    const open = !issue.open;
    await this.#options.board.setOpen([issue], open);
    await this.#log(moving(this.#actor(), issue, open));
    return `${this.#name()} ${open ? 'reopened' : 'closed'} ${issue.title}.`;
  }

  async #comment(issue: Issue): Promise<string> {
    this.#remarks += 1;
    await this.#log(commenting(this.#actor(), issue, this.#remarks));
    return `${this.#name()} commented on ${issue.title}.`;
  }

  async #toggleStar(): Promise<string> {
    const starred = this.#star.getAttribute('aria-pressed') === 'false';
    // Shown at once; what the hub says about it comes with the watch.
    this.#star.setAttribute('aria-pressed', String(starred));
    await this.#log(starring(this.#actor(), starred));
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
    await this.#log(opening(this.#actor(), issue));
    return `${this.#name()} opened ${issue.title}.`;
  }

  async #moveMany(): Promise<string> {
    const { issues, open } = manyOf(this.#options.board.issues);
    const actions = movingMany(this.#actor(), issues, open);
    await this.#options.board.setOpen(issues, open);
    // One after the other, as somebody would who goes through a list: the entry grows before one's eyes.
    for (const action of actions) await this.#log(action);
    return `${this.#name()} ${open ? 'reopened' : 'closed'} ${issues.length} issues: ${issues.length} actions, one entry.`;
  }

  async #delete(id: string, actions: 'keep' | 'delete'): Promise<string> {
    const issue = this.#options.board.issues.find((each) => each.id === id);
    this.#options.ran('hubServer.deleteObject', `issue:${id}`, { actions });
    await this.#options.board.delete(id, actions, this.#options.acting().person.id);
    const history = actions === 'keep' ? 'its history stays' : 'its history is gone from all inboxes';
    return `${issue?.title ?? 'The issue'} is deleted; ${history}.`;
  }

  async #visit(): Promise<string> {
    const { hub, person } = this.#options.acting();
    const input = { name: 'PageViewed', note: location.pathname, related: `project:${project.id}` };
    this.#options.ran('hub.event', input);
    const event = await hub.event(input);
    return `Recorded: ${event.name} by ${person.name} at ${new Date(event.timestamp).toLocaleTimeString()}.`;
  }

  async #log(action: ActionInput): Promise<void> {
    const at = performance.now();
    this.#options.ran('hub.log', action);
    const { ids } = await this.#options.acting().hub.log(action);
    for (const id of ids) this.#options.sent(id, at);
  }

  #actor() {
    return actorOf(this.#options.acting().person);
  }

  #name(): string {
    return this.#options.acting().person.name;
  }

  #do(doing: () => Promise<string>): void {
    this.#text = '';
    this.#added = [];
    doing().then(
      (said) => this.say(said),
      (thrown: unknown) => {
        this.say(HubError.from(thrown).message, true);
        // What was shown before it was done may be wrong.
        void this.#options.board.refresh();
        this.showActing();
      },
    );
  }
}
