/** Building the page without HTML from data: what comes from elsewhere is only ever text. */
import { HubbubInbox } from '@hubbub/client/element';

/** The element with this id; the page's HTML and its code belong together, so a missing one is a mistake. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}`);
  return found;
}

export function within<T extends HTMLElement>(parent: ParentNode, selector: string, kind: new () => T): T {
  const found = parent.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} ${selector}`);
  return found;
}

export function inboxIn(parent: ParentNode): HubbubInbox {
  // What stands in a template is no inbox before it is in the page.
  const found = parent.querySelector('hubbub-inbox');
  if (found) customElements.upgrade(found);
  if (!(found instanceof HubbubInbox)) throw new Error('The page has no inbox here');
  return found;
}

interface Attributes {
  class?: string;
  text?: string;
  [attribute: string]: string | undefined;
}

/** An element with attributes, and children that are elements or texts. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: className, text, ...attributes }: Attributes = {},
  children: Array<Node | string> = [],
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== undefined) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
