import type {
  Action,
  ConnectionProblem,
  ConnectionState,
  Counts,
  DeletedRef,
  FeedItem,
  Hub,
  HubError,
  Ref,
} from '@hubbub/client';
import type { Labels as ElementLabels } from '@hubbub/inbox';
import {
  type Announcement,
  type Avatar,
  addLabels,
  avatarOf,
  badgeOf,
  buttonClass,
  buttonsOf,
  type ClickEvent,
  type Confirm,
  type Disconnection,
  directionOf,
  english,
  failureText,
  formatExact,
  formatRelative,
  hueOf,
  hues,
  InboxEngine,
  type InboxHost,
  type InboxInput,
  type InboxTab,
  type InboxView,
  type ItemButton,
  icons,
  inboxTabs,
  initials,
  itemLabel,
  type Labels,
  type ListEnd,
  labelLanguage,
  labelsFor,
  labelsWith,
  linkOf,
  loadLabels,
  nameOf,
  type Problem,
  type Row,
  type SentencePart,
  type ShownLevel,
  safeLink,
  shownLevelOf,
  splitSentence,
  subscribeToLabels,
  type TimeOptions,
  validLocale,
} from '@hubbub/inbox/engine';
import { describe, expectTypeOf, test } from 'vitest';

declare const host: InboxHost;
declare const item: FeedItem;
declare const ref: Ref | DeletedRef;

const input: InboxInput = { layout: 'bell', isOpen: false, awaitsHub: false };

describe('the engine', () => {
  test('is made with what it needs of a renderer', () => {
    expectTypeOf(InboxEngine).toBeConstructibleWith(host, input);
    expectTypeOf(host.getRoot()).toEqualTypeOf<HTMLElement | null>();
    expectTypeOf(host.setOpen).parameters.toEqualTypeOf<[isOpen: boolean]>();
    expectTypeOf(host.onError).parameters.toEqualTypeOf<[error: HubError, isBackground: boolean]>();
    expectTypeOf<InboxInput['layout']>().toEqualTypeOf<'bell' | 'page'>();
    // @ts-expect-error no such layout
    new InboxEngine(host, { ...input, layout: 'sidebar' });
  });

  test('is a store of views', () => {
    const engine = new InboxEngine(host, input);
    expectTypeOf(engine.getView()).toEqualTypeOf<InboxView>();
    expectTypeOf(engine.subscribe(() => {})).toEqualTypeOf<() => void>();
    expectTypeOf(engine.setHub).parameters.toEqualTypeOf<[hub: Hub | null]>();
    expectTypeOf(engine.update).parameters.toEqualTypeOf<[input: InboxInput]>();
  });

  test('has the actions of an inbox', () => {
    const engine = new InboxEngine(host, input);
    const confirm: Confirm = (chosen, url) => {
      expectTypeOf(chosen).toEqualTypeOf<FeedItem>();
      expectTypeOf(url).toEqualTypeOf<string | undefined>();
      return true;
    };
    expectTypeOf<MouseEvent>().toExtend<ClickEvent>();
    engine.click(new MouseEvent('click'), confirm);
    engine.select(item, undefined, new MouseEvent('click'), confirm);
    engine.markRead(item);
    engine.selectTab('unread');
    // @ts-expect-error no such tab
    engine.selectTab('read');
  });

  test('creates views with everything that an inbox renders', () => {
    expectTypeOf<InboxView['tab']>().toEqualTypeOf<InboxTab>();
    expectTypeOf<InboxView['counts']>().toEqualTypeOf<Counts>();
    expectTypeOf<InboxView['connection']>().toEqualTypeOf<ConnectionState>();
    expectTypeOf<InboxView['rows']>().toEqualTypeOf<readonly Row[]>();
    expectTypeOf<Row['item']>().toEqualTypeOf<FeedItem>();
    expectTypeOf<InboxView['disconnection']>().toEqualTypeOf<Disconnection | null>();
    expectTypeOf<Disconnection['problem']>().toEqualTypeOf<ConnectionProblem | null>();
    expectTypeOf<InboxView['problem']>().toEqualTypeOf<Problem | null>();
    expectTypeOf<Problem['error']>().toEqualTypeOf<HubError>();
    expectTypeOf<InboxView['end']>().toEqualTypeOf<ListEnd | null>();
    expectTypeOf<ListEnd['error']>().toEqualTypeOf<HubError | null>();
    expectTypeOf<InboxView['announcement']>().toEqualTypeOf<Announcement | null>();
    expectTypeOf<Announcement['newest']>().toEqualTypeOf<FeedItem>();
    expectTypeOf(inboxTabs).toEqualTypeOf<readonly InboxTab[]>();
  });
});

describe('the texts', () => {
  test('are those of the element', () => {
    expectTypeOf<Labels>().toEqualTypeOf<ElementLabels>();
    expectTypeOf(english).toEqualTypeOf<Labels>();
    expectTypeOf(labelsWith({ title: 'News' })).toEqualTypeOf<Labels>();
    expectTypeOf(labelsWith).toBeCallableWith(undefined);
    expectTypeOf(labelsWith).toBeCallableWith({ title: 'News' }, english);
    expectTypeOf(labelsFor('de')).toEqualTypeOf<Labels>();
    expectTypeOf(labelLanguage(undefined)).toEqualTypeOf<string>();
    expectTypeOf(loadLabels('de')).toEqualTypeOf<Promise<void> | undefined>();
    expectTypeOf(subscribeToLabels(() => {})).toEqualTypeOf<() => void>();
    expectTypeOf(directionOf('ar')).toEqualTypeOf<'rtl' | undefined>();
    expectTypeOf(addLabels).parameters.toEqualTypeOf<[language: string, labels: Labels]>();
  });

  test('of times and counts take what the hub sends', () => {
    const options: TimeOptions = { locale: 'de', now: 0 };
    expectTypeOf(formatRelative(item.at, options)).toBeString();
    expectTypeOf(formatExact(item.at)).toBeString();
    expectTypeOf(validLocale('de')).toEqualTypeOf<string | undefined>();
    expectTypeOf(badgeOf).parameters.toEqualTypeOf<[counts: Counts]>();
    expectTypeOf(badgeOf).returns.toEqualTypeOf<string | null>();
  });

  test('of actions are split into parts, with safe links', () => {
    expectTypeOf(splitSentence).parameters.toEqualTypeOf<[action: Action]>();
    expectTypeOf(splitSentence).returns.toEqualTypeOf<SentencePart[]>();
    expectTypeOf<SentencePart['role']>().toEqualTypeOf<'actor' | 'target' | 'related' | undefined>();
    expectTypeOf(nameOf(ref)).toBeString();
    expectTypeOf(linkOf(item.action)).toEqualTypeOf<string | undefined>();
    expectTypeOf(safeLink('/a')).toEqualTypeOf<string | undefined>();
  });
});

test('an avatar has initials and a colour, also for a deleted object', () => {
  expectTypeOf(avatarOf(ref)).toEqualTypeOf<Avatar>();
  expectTypeOf(avatarOf(null)).toEqualTypeOf<Avatar>();
  expectTypeOf(initials('Ada')).toBeString();
  expectTypeOf(hueOf('user:ada')).toBeNumber();
  expectTypeOf(hues).toBeNumber();
});

test('the content of items', () => {
  expectTypeOf(buttonsOf(item)).toEqualTypeOf<ItemButton[]>();
  expectTypeOf<ItemButton['link']>().toEqualTypeOf<string | undefined>();
  expectTypeOf(buttonClass('danger')).toBeString();
  expectTypeOf(shownLevelOf(item.action)).toEqualTypeOf<ShownLevel | null>();
  expectTypeOf<ShownLevel>().toEqualTypeOf<'warning' | 'error'>();
  expectTypeOf(itemLabel(item, english, 'now')).toBeString();
  expectTypeOf(failureText).parameters.toEqualTypeOf<[error: HubError, labels: Labels]>();
});

test('icons are paths', () => {
  expectTypeOf<keyof typeof icons>().toEqualTypeOf<'bell' | 'close' | 'tray' | 'alert' | 'warning'>();
  expectTypeOf(icons.bell).toExtend<string>();
});
