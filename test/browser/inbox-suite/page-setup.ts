/** What both pages share: a fake hub and helpers, global for the tests' expressions. */
import axe from 'axe-core';
import { HubError } from '../../../client-sdk/common/hub-error.ts';
import { FakeHub, feedItem, type ItemOptions } from './fake-hub.ts';

export const hub = new FakeHub();

export interface InboxEventRecord {
  name: string;
  id?: string;
  url?: string;
  code?: string;
}

export const events: InboxEventRecord[] = [];

/** Whether the page handles selections itself. Set by tests. */
export const cancels = (): boolean => Reflect.get(window, 'cancels') === true;

const violations: string[] = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));

const range = (count: number, changes: ItemOptions = {}, from = 0) =>
  Array.from({ length: count }, (_, index) => feedItem(from + count - 1 - index, changes));

/**
 * - `inbox`: the element, or an object with the same properties
 * - `root`: the inbox's markup is in it
 * - `box`: the element that the page lays out
 */
export function start(inbox: object, root: ParentNode, box: Element): void {
  const $ = (selector: string) => root.querySelector(selector);
  const $$ = (selector: string) => [...root.querySelectorAll(selector)];
  const helpers = { hub, feed: hub.feed, feedItem, range, events, violations, axe, FakeHub, HubError, $, $$ };
  Object.assign(window, { inbox, root, box, ...helpers, ready: true });
}
