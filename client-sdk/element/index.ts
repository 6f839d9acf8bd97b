/** Importing this registers `<hubbub-inbox>`, unless that is done already. */
import type { InboxEvents } from './events.ts';
import { HubbubInbox } from './inbox.ts';

export type { Labels } from '../ui/labels.ts';
export { english } from '../ui/labels.ts';
export type { InboxEvents } from './events.ts';
export { HubbubInbox } from './inbox.ts';

// A page may get it twice, by two bundles: the first one counts.
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
