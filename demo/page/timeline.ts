/** What happens to the project, live, drawn from a watch. */
import type { Action, Hub, Watch } from '@hubbub/client';
import { piecesOf } from '../../client-sdk/ui/sentence.ts';
import { ago, exactly } from '../../client-sdk/ui/time.ts';
import { byId, make } from './dom.ts';
import { face } from './face.ts';
import { project } from './project.ts';

const shown = 40;
const ageEvery = 15_000;

export class Timeline {
  readonly #list = byId('timeline', HTMLOListElement);
  readonly #state = byId('timeline-state', HTMLElement);
  readonly #changed: () => void;
  #watch: Watch | undefined;
  #rows = new Map<string, { action: Action; element: HTMLLIElement }>();
  #loaded = false;

  /** `changed`: something happened to the project. */
  constructor(changed: () => void) {
    this.#changed = changed;
    setInterval(() => this.#age(), ageEvery);
  }

  /** Watches over this connection from now on. */
  follow(hub: Hub): void {
    this.#watch?.close();
    this.#loaded = false;
    const watch = hub.watch({ object: `project:${project.id}`, limit: shown }, () => this.#show(watch));
    this.#watch = watch;
    this.#show(watch);
  }

  #show(watch: Watch): void {
    if (watch !== this.#watch) return;
    const { items, status, error } = watch.getSnapshot();
    const words = { loading: 'Loading', ready: 'Live', error: error?.message ?? 'Failed', closed: 'Ended' };
    this.#state.dataset.state = status;
    this.#state.textContent = words[status];
    if (status === 'loading' && items.length === 0) return;
    const next = new Map<string, { action: Action; element: HTMLLIElement }>();
    let place = this.#list.firstElementChild;
    for (const action of items.slice(0, shown)) {
      const known = this.#rows.get(action.id);
      const row = known?.action === action ? known : { action, element: moment(action) };
      if (known === undefined && this.#loaded) row.element.classList.add('new');
      next.set(action.id, row);
      if (row.element === place) place = place.nextElementSibling;
      else this.#list.insertBefore(row.element, place);
    }
    for (const [id, { element }] of this.#rows) if (next.get(id)?.element !== element) element.remove();
    this.#rows = next;
    this.#loaded = true;
    this.#changed();
  }

  #age(): void {
    for (const time of this.#list.querySelectorAll('time')) {
      const text = ago(time.dateTime, { locale: 'en' });
      if (time.textContent !== text) time.textContent = text;
    }
  }
}

function moment(action: Action): HTMLLIElement {
  const { actor, count, updatedAt } = action;
  const sentence = piecesOf(action).map(({ text, ref, role }) => {
    if (!ref) return text;
    if ('deleted' in ref) return make('del', { text });
    return role === 'related' ? text : make('strong', { text });
  });
  const time = make('time', {
    datetime: updatedAt,
    title: exactly(updatedAt, { locale: 'en' }),
    text: ago(updatedAt, { locale: 'en' }),
  });
  return make('li', { class: 'moment' }, [
    face(actor ?? { id: '?', name: '?' }),
    make('p', { class: 'moment-text' }, sentence),
    make(
      'p',
      { class: 'moment-time' },
      count > 1 ? [make('span', { class: 'count', text: `${count} actions` }), time] : [time],
    ),
  ]);
}
