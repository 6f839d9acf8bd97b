/** The inbox without a mouse. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { Scene } from './scene.ts';
import type { Visit } from './visit.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
});
afterEach(async () => expect(await scene.leave()).toEqual([]));
afterAll(() => scene.close());

/** Presses the keys one after the other, and then the focus is at what says `expected`. */
async function press(visit: Visit, keys: string[], expected: string | RegExp): Promise<void> {
  for (const key of keys) await visit.page.keyboard.press(key);
  await until(
    async () => {
      const focused = await visit.ask<string>('probe.focused()');
      const is = typeof expected === 'string' ? focused === expected : expected.test(focused);
      if (!is) throw new Error(`it is at "${focused}"`);
      return true;
    },
    `after ${keys.join(' ')} the focus at ${expected}`,
  );
}

it('from the page’s start to the bell, through the items, and back, by keys alone', async () => {
  const plain = (id: string) => ({ targets: { type: 'note', id, name: id } });
  await scene.log(['ada'], ...['One', 'Two', 'Three', 'Four'].map(plain));
  const ada = await scene.visit('ada');
  await ada.showsBadge(4);

  await press(ada, ['Tab'], 'Skip to the content');
  await press(ada, ['Tab'], 'Notifications, 4 unread');
  await press(ada, ['Enter'], 'Notifications');
  expect(await ada.ask('inbox.open')).toBe(true);

  // Through the items: the newest first.
  await press(ada, ['ArrowDown'], /^Unread: Mona closed Four\. /);
  await press(ada, ['ArrowDown'], /^Unread: Mona closed Three\. /);
  await press(ada, ['End'], /^Unread: Mona closed One\. /);
  await press(ada, ['Home', 'ArrowUp'], /^Unread: Mona closed Four\. /);

  // Marked by its button, which keeps the focus, there and back.
  await press(ada, ['Tab'], 'Mark read');
  await press(ada, ['Space'], 'Mark unread');
  await ada.showsBadge(3);
  await press(ada, ['Space'], 'Mark read');
  await ada.showsBadge(4);
  // Marked by being chosen.
  await press(ada, ['ArrowDown'], /^Unread: Mona closed Three\. /);
  await press(ada, ['Enter'], /^Mona closed Three\. /);
  await ada.showsBadge(3);

  // Another item arrives: the focus stays.
  await scene.log(['ada'], plain('Five'));
  await ada.item('Five').waitFor();
  await press(ada, [], /^Mona closed Three\. /);

  // The tabs, by arrows; the list has the unread ones only.
  await press(ada, ['Shift+Tab'], 'All');
  await press(ada, ['ArrowRight'], /^Unread/);
  await until(async () => (await ada.item('').count()) === 4, 'the four unread ones');
  expect(await ada.item('Three').count()).toBe(0);
  // What is marked here goes from the list, and the focus on to the next.
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
  await ada.equals(() => scene.truth('ada'));

  await press(ada, ['Escape'], 'Notifications');
  expect(await ada.ask('inbox.open')).toBe(false);
  // Again, and closed by its button.
  await press(ada, ['Space', 'Tab'], 'Mark all read');
  await press(ada, ['Tab'], 'Close');
  await press(ada, ['Enter'], 'Notifications');
  expect(await ada.ask('inbox.open')).toBe(false);
  // And on, into the page.
  await press(ada, ['Tab'], 'link');
  await ada.equals(() => scene.truth('ada'));
});
