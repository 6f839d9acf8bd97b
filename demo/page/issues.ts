/** The list of the project's issues. Updates only changed elements, so that the focus stays. */
import { byId, createElement } from './dom.ts';
import { icon } from './icons.ts';
import type { Issue } from './project.ts';

export interface IssueHandlers {
  toggle(issue: Issue): void;
  comment(issue: Issue): void;
  remove(issue: Issue): void;
}

interface Row {
  issue: Issue;
  element: HTMLLIElement;
}

export class IssueList {
  readonly #list = byId('issues', HTMLUListElement);
  readonly #handlers: IssueHandlers;
  #rows = new Map<string, Row>();

  constructor(handlers: IssueHandlers) {
    this.#handlers = handlers;
  }

  show(issues: readonly Issue[]): void {
    const next = new Map<string, Row>();
    let nextElement = this.#list.firstElementChild;
    // Newest first, so that a new issue is in view.
    for (const issue of [...issues].reverse()) {
      const row = this.#rows.get(issue.id) ?? this.#createRow(issue);
      next.set(issue.id, row);
      row.issue = issue;
      update(row);
      if (row.element === nextElement) nextElement = nextElement.nextElementSibling;
      else this.#list.insertBefore(row.element, nextElement);
    }
    for (const [id, { element }] of this.#rows) if (!next.has(id)) this.#removeRow(element);
    this.#rows = next;
  }

  #createRow(issue: Issue): Row {
    const button = (kind: string, name: string): HTMLButtonElement =>
      createElement('button', {
        type: 'button',
        class: `issue-button ${kind}`,
        'aria-label': `${name} ${issue.title}`,
        title: name,
      });
    const toggle = button('issue-state', 'Close');
    const comment = button('issue-comment', 'Comment on');
    const remove = button('issue-delete', 'Delete');
    comment.append(icon('comment'));
    remove.append(icon('bin'));
    const title = createElement('span', { class: 'issue-title', text: issue.title });
    const element = createElement('li', { class: 'issue' }, [toggle, title, comment, remove]);
    const row = { issue, element };
    toggle.addEventListener('click', () => this.#handlers.toggle(row.issue));
    comment.addEventListener('click', () => this.#handlers.comment(row.issue));
    remove.addEventListener('click', () => this.#handlers.remove(row.issue));
    return row;
  }

  /** If the row has the focus, it moves to the next row. */
  #removeRow(element: HTMLLIElement): void {
    if (element.contains(document.activeElement)) {
      const next = element.nextElementSibling ?? element.previousElementSibling;
      next?.querySelector('button')?.focus();
    }
    element.remove();
  }
}

function update({ issue, element }: Row): void {
  const state = issue.open ? 'open' : 'closed';
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  const toggle = element.querySelector('.issue-state');
  toggle?.replaceChildren(icon(issue.open ? 'circle' : 'check'));
  toggle?.setAttribute('title', issue.open ? 'Close' : 'Reopen');
  toggle?.setAttribute('aria-label', `${issue.open ? 'Close' : 'Reopen'} ${issue.title}`);
}
