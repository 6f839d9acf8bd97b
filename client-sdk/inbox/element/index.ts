/** Importing this module registers `<hubbub-inbox>`, unless it is registered already. */
import type { InboxEvents } from './events.ts';
import { HubbubInbox } from './inbox.ts';

export { english } from '../engine/english.ts';
export type { Labels } from '../engine/labels.ts';
export { addLabels, loadLabels } from '../engine/languages.ts';
export type { InboxEvents } from './events.ts';
export { HubbubInbox } from './inbox.ts';

// A page may load it twice, in two bundles: the first one wins.
if (!customElements.get('hubbub-inbox')) customElements.define('hubbub-inbox', HubbubInbox);

declare global {
  interface HTMLElementTagNameMap {
    'hubbub-inbox': HubbubInbox;
  }
  interface HTMLElementEventMap {
    'hubbub-select': CustomEvent<InboxEvents['hubbub-select']>;
    'hubbub-error': CustomEvent<InboxEvents['hubbub-error']>;
  }
}
