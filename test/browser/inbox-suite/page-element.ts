/** The script of the page with the element. */
import { addLabels, english } from '../../../client-sdk/inbox/element/index.ts';
import { cancels, events, hub, start } from './page-setup.ts';

const inbox = document.querySelector('hubbub-inbox');
if (!inbox?.shadowRoot) throw new Error('the page has no inbox');
document.body.addEventListener('hubbub-select', (event) => {
  const { item, url } = event.detail;
  events.push({ name: event.type, id: item.id, url });
  if (cancels()) event.preventDefault();
});
document.body.addEventListener('hubbub-error', (event) => {
  events.push({ name: event.type, code: event.detail.error.code });
});
// For the snippets of the documentation.
Object.assign(window, { addLabels, english });
Reflect.set(inbox, 'hub', hub);
start(inbox, inbox.shadowRoot, inbox);
