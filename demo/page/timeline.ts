/** The project's live timeline, rendered from a watch. */
import type { Action, Hub, Watch } from '@hubbub/client';
import { formatExact, formatRelative, splitSentence } from '@hubbub/inbox/engine';
import { createAvatar } from './avatar.ts';
import { byId, createElement } from './dom.ts';
import { project } from './project.ts';

const maxActions = 40;
const refreshInterval = 15_000;

export class Timeline {
  readonly #list = byId('timeline', HTMLOListElement);
  readonly #state = byId('timeline-state', HTMLElement);
  readonly #onChange: () => void;
  #watch: Watch | undefined;
  #rows = new Map<string, { action: Action; element: HTMLLIElement }>();
  #loaded = false;

  /** `onChange`: the project has new or changed actions. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    setInterval(() => this.#updateTimes(), refreshInterval);
  }

  /** Watches the project over another connection. */
  setHub(hub: Hub): void {
    this.#watch?.close();
    this.#loaded = false;
    const watch = hub.watch({ object: `project:${project.id}`, limit: maxActions }, () => this.#show(watch));
    this.#watch = watch;
    this.#show(watch);
  }

  #show(watch: Watch): void {
    if (watch !== this.#watch) return;
    const { items, status, error } = watch.getSnapshot();
    const labels = { loading: 'Loading', ready: 'Live', error: error?.message ?? 'Failed', closed: 'Ended' };
    this.#state.dataset.state = status;
    this.#state.textContent = labels[status];
    if (status === 'loading' && items.length === 0) return;
    const next = new Map<string, { action: Action; element: HTMLLIElement }>();
    let nextElement = this.#list.firstElementChild;
    for (const action of items.slice(0, maxActions)) {
      const existing = this.#rows.get(action.id);
      const row = existing?.action === action ? existing : { action, element: actionElement(action) };
      if (existing === undefined && this.#loaded) row.element.classList.add('new');
      next.set(action.id, row);
      if (row.element === nextElement) nextElement = nextElement.nextElementSibling;
      else this.#list.insertBefore(row.element, nextElement);
    }
    for (const [id, { element }] of this.#rows) if (next.get(id)?.element !== element) element.remove();
    this.#rows = next;
    this.#loaded = true;
    this.#onChange();
  }

  #updateTimes(): void {
    for (const time of this.#list.querySelectorAll('time')) {
      const text = formatRelative(time.dateTime, { locale: 'en' });
      if (time.textContent !== text) time.textContent = text;
    }
  }
}

function actionElement(action: Action): HTMLLIElement {
  const { actor, count, updatedAt } = action;
  const sentence = splitSentence(action).map(({ text, ref, role }) => {
    if (!ref) return text;
    if ('deleted' in ref) return createElement('del', { text });
    return role === 'related' ? text : createElement('strong', { text });
  });
  const time = createElement('time', {
    datetime: updatedAt,
    title: formatExact(updatedAt, { locale: 'en' }),
    text: formatRelative(updatedAt, { locale: 'en' }),
  });
  return createElement('li', { class: 'moment' }, [
    createAvatar(actor ?? { id: '?', name: '?' }),
    createElement('p', { class: 'moment-text' }, sentence),
    createElement(
      'p',
      { class: 'moment-time' },
      count > 1 ? [createElement('span', { class: 'count', text: `${count} actions` }), time] : [time],
    ),
  ]);
}
