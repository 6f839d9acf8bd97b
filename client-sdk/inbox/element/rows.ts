import { render } from 'lit';
import { itemLabel, shownLevelOf } from '../engine/content.ts';
import { formatRelative } from '../engine/time.ts';
import type { Row } from '../engine/view.ts';
import { itemTemplate } from './item.ts';
import type { PanelContext } from './panel.ts';

/**
 * The articles of a list, keyed by their items, so that focus and pictures stay with their item. Smaller than lit's
 * `repeat`.
 */
export class Rows {
  readonly #articles = new Map<string, HTMLElement>();

  /** Call it when the list is in the document. */
  render(list: Element | null, context: PanelContext): void {
    const { rows } = context.view;
    const ids = new Set(rows.map(({ item }) => item.id));
    for (const [id, article] of this.#articles) {
      if (ids.has(id) && article.parentNode === list) continue;
      article.remove();
      this.#articles.delete(id);
    }
    let next = list?.firstChild ?? null;
    for (const row of rows) {
      const article = this.#articleOf(row.item.id);
      renderRow(article, row, context);
      if (article === next) next = next.nextSibling;
      else list?.insertBefore(article, next);
    }
  }

  #articleOf(id: string): HTMLElement {
    let article = this.#articles.get(id);
    if (!article) {
      article = document.createElement('article');
      article.dataset.id = id;
      this.#articles.set(id, article);
    }
    return article;
  }
}

function renderRow(article: HTMLElement, row: Row, context: PanelContext): void {
  const { labels, locale, view } = context;
  const { item, index, gap, isTabStop, isNew } = row;
  const { unread, action, at } = item;
  const level = shownLevelOf(action);
  const states = [...(unread ? ['unread'] : []), ...(level ? [level] : [])];
  const time = formatRelative(at, { locale, now: view.now });
  const tabindex = isTabStop ? '0' : '-1';
  const attributes = {
    part: ['item', ...states.map((state) => `item-${state}`)].join(' '),
    class: [
      'hubbub-inbox__item',
      ...[...states, ...(isNew ? ['new'] : [])].map((state) => `hubbub-inbox__item--${state}`),
    ].join(' '),
    tabindex,
    'aria-posinset': String(index + 1),
    'aria-setsize': String(view.setSize),
    'aria-label': itemLabel(item, labels, time),
  };
  for (const [name, value] of Object.entries(attributes))
    if (article.getAttribute(name) !== value) article.setAttribute(name, value);
  article.style.marginTop = gap ? `${gap}px` : '';
  render(itemTemplate(item, { time, tabindex }, context), article);
}
