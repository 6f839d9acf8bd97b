// The script of the fixture page: the element and a fake hub, both global for tests.
import '../../../client-sdk/element/index.ts';
import axe from 'axe-core';
import { FakeHub, feedItem } from './fake-hub.ts';

const hub = new FakeHub();
const inbox = document.querySelector('hubbub-inbox');
const events = [];
for (const name of ['hubbub-select', 'hubbub-error']) {
  document.addEventListener(name, (event) => {
    events.push({ name, id: event.detail.item?.id, url: event.detail.url, code: event.detail.error?.code });
    if (window.cancels) event.preventDefault();
  });
}
const violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
const feed = hub.feed;
const range = (count, changes = {}, from = 0) =>
  Array.from({ length: count }, (_, index) => feedItem(from + count - 1 - index, changes));
Object.assign(window, { hub, feed, inbox, feedItem, range, events, violations, axe, FakeHub });
inbox.hub = hub;
window.ready = true;
