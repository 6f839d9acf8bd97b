import type { FeedItem, Hub, HubError, Token } from '@hubbub/client';
import { addLabels, english, HubbubInbox, type InboxEvents, type Labels, loadLabels } from '@hubbub/inbox';
import { describe, expectTypeOf, test } from 'vitest';

declare const inbox: HubbubInbox;

describe('the element', () => {
  test('is an HTML element with a tag name', () => {
    expectTypeOf<HubbubInbox>().toExtend<HTMLElement>();
    expectTypeOf(HubbubInbox).toBeConstructibleWith();
    expectTypeOf(document.createElement('hubbub-inbox')).toEqualTypeOf<HubbubInbox>();
    expectTypeOf(document.querySelector('hubbub-inbox')).toEqualTypeOf<HubbubInbox | null>();
  });

  test('has these properties', () => {
    expectTypeOf(inbox.hub).toEqualTypeOf<Hub | null>();
    expectTypeOf(inbox.url).toEqualTypeOf<string | null>();
    expectTypeOf(inbox.token).toEqualTypeOf<Token | null>();
    expectTypeOf(inbox.layout).toEqualTypeOf<'bell' | 'page'>();
    expectTypeOf(inbox.open).toBeBoolean();
    expectTypeOf(inbox.theme).toEqualTypeOf<'auto' | 'light' | 'dark'>();
    expectTypeOf(inbox.locale).toEqualTypeOf<string | null>();
    expectTypeOf(inbox.labels).toEqualTypeOf<Partial<Labels>>();
    // @ts-expect-error no such layout
    inbox.layout = 'sidebar';
    // @ts-expect-error no such theme
    inbox.theme = 'blue';
    // @ts-expect-error a token is a string or a promise of one
    inbox.token = () => 'a token';
    // @ts-expect-error no such text
    inbox.labels = { heading: 'News' };
  });

  test('emits events for choices and errors', () => {
    expectTypeOf<InboxEvents['hubbub-select']>().toEqualTypeOf<{ item: FeedItem; url: string | undefined }>();
    expectTypeOf<InboxEvents['hubbub-error']>().toEqualTypeOf<{ error: HubError }>();
    inbox.addEventListener('hubbub-select', (event) => {
      expectTypeOf(event).toEqualTypeOf<CustomEvent<InboxEvents['hubbub-select']>>();
    });
    inbox.addEventListener('hubbub-error', (event) => {
      expectTypeOf(event.detail.error).toEqualTypeOf<HubError>();
      // @ts-expect-error an error event has no item
      event.detail.item;
    });
  });
});

describe('the texts', () => {
  test('are English by default, and can all be replaced', () => {
    expectTypeOf(english).toEqualTypeOf<Labels>();
    expectTypeOf(loadLabels('de')).toEqualTypeOf<Promise<void> | undefined>();
    expectTypeOf(addLabels).parameters.toEqualTypeOf<[language: string, labels: Labels]>();
    expectTypeOf<Labels['title']>().toBeString();
    expectTypeOf<Labels['open']>().toEqualTypeOf<(unread: string | null) => string>();
    expectTypeOf<Labels['count']>().toEqualTypeOf<(count: number) => string>();
    expectTypeOf<Labels['arrived']>().toEqualTypeOf<(count: number, text: string) => string>();
    inbox.labels = { ...english, title: 'News' };
    // @ts-expect-error a text with parameters is a function
    inbox.labels = { count: 'many' };
  });
});
