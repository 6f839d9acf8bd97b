/** Builds DOM elements without parsing HTML: external data is only ever inserted as text. */
import { HubbubInbox } from '@hubbub/inbox';

/** The element with this id. Throws if it is missing, because the page's HTML and its code belong together. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}`);
  return found;
}

export function findIn<T extends HTMLElement>(parent: ParentNode, selector: string, kind: new () => T): T {
  const found = parent.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} ${selector}`);
  return found;
}

export function findInbox(parent: ParentNode): HubbubInbox {
  // A custom element from a template is not upgraded before it is in the document.
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

/** Creates an element with attributes, and with elements or texts as children. */
export function createElement<K extends keyof HTMLElementTagNameMap>(
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
