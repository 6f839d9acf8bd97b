/** The inbox without a mouse. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { InboxFixture } from './inbox-fixture.ts';
import type { Visit } from './visit.ts';

let fixture: InboxFixture;
beforeAll(async () => {
  fixture = await InboxFixture.open();
});
afterEach(async () => expect(await fixture.closePages()).toEqual([]));
afterAll(() => fixture.close());

/** Presses the keys one after another, and expects the focus on the element with the text `expected`. */
async function press(visit: Visit, keys: string[], expected: string | RegExp): Promise<void> {
  for (const key of keys) await visit.page.keyboard.press(key);
  await until(
    async () => {
      const focused = await visit.evaluate<string>('probe.focused()');
      const is = typeof expected === 'string' ? focused === expected : expected.test(focused);
      if (!is) throw new Error(`it is at "${focused}"`);
      return true;
    },
    `after ${keys.join(' ')} the focus at ${expected}`,
  );
}

it('keys alone lead from the page’s start to the bell, through the items, and back', async () => {
  const plain = (id: string) => ({ targets: { type: 'note', id, name: id } });
  await fixture.log(['ada'], ...['One', 'Two', 'Three', 'Four'].map(plain));
  const ada = await fixture.visit('ada');
  await ada.showsBadge(4);

  await press(ada, ['Tab'], 'Skip to the content');
  await press(ada, ['Tab'], 'Notifications, 4 unread');
  await press(ada, ['Enter'], 'Notifications');
  expect(await ada.evaluate('inbox.open')).toBe(true);

  // Moves through the items, newest first.
  await press(ada, ['ArrowDown'], /^Unread: Mona closed Four\. /);
  await press(ada, ['ArrowDown'], /^Unread: Mona closed Three\. /);
  await press(ada, ['End'], /^Unread: Mona closed One\. /);
  await press(ada, ['Home', 'ArrowUp'], /^Unread: Mona closed Four\. /);

  // The mark button toggles, and keeps the focus.
  await press(ada, ['Tab'], /^Mark read: Mona closed Four/);
  await press(ada, ['Space'], /^Mark unread: /);
  await ada.showsBadge(3);
  await press(ada, ['Space'], /^Mark read: /);
  await ada.showsBadge(4);
  // Selecting an item marks it.
  await press(ada, ['ArrowDown'], /^Unread: Mona closed Three\. /);
  await press(ada, ['Enter'], /^Mona closed Three\. /);
  await ada.showsBadge(3);

  // Another item arrives: the focus stays.
  await fixture.log(['ada'], plain('Five'));
  await ada.item('Five').waitFor();
  await press(ada, [], /^Mona closed Three\. /);

  // Arrow keys change the tab; the list has only the unread items.
  await press(ada, ['Shift+Tab'], 'All');
  await press(ada, ['ArrowRight'], /^Unread/);
  await until(async () => (await ada.item('').count()) === 4, 'the four unread ones');
  expect(await ada.item('Three').count()).toBe(0);
  // A marked item is removed from this tab, and the focus moves to the next one.
  await press(ada, ['Tab', 'ArrowDown'], /^Unread: Mona closed Four\. /);
  await press(ada, ['Enter'], /^Unread: Mona closed Two\. /);
  await ada.showsBadge(3);
  await press(ada, ['Shift+Tab'], /^Unread/);
  await press(ada, ['ArrowLeft'], 'All');
  await until(async () => (await ada.item('').count()) === 5, 'all five');

  await press(ada, ['Shift+Tab'], 'Close');
  await press(ada, ['Shift+Tab'], 'Mark all read');
  await press(ada, ['Enter'], 'Mark all read');
  await ada.showsBadge(0);
  await ada.expectMatches(() => fixture.serverState('ada'));

  await press(ada, ['Escape'], 'Notifications');
  expect(await ada.evaluate('inbox.open')).toBe(false);
  // Opens again, and closes by its button.
  await press(ada, ['Space', 'Tab'], 'Mark all read');
  await press(ada, ['Tab'], 'Close');
  await press(ada, ['Enter'], 'Notifications');
  expect(await ada.evaluate('inbox.open')).toBe(false);
  // Moves on into the page.
  await press(ada, ['Tab'], 'link');
  await ada.expectMatches(() => fixture.serverState('ada'));
});
