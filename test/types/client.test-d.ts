import {
  type Action,
  type ActionInput,
  type AnyEventName,
  type Button,
  type ClassRef,
  type Connection,
  type ConnectionProblem,
  type ConnectionState,
  type ConnectOptions,
  type Counts,
  connect,
  type DeletedRef,
  type Event,
  type EventInput,
  type EventName,
  eventNames,
  type Feed,
  type FeedItem,
  type FeedSnapshot,
  type FeedStatus,
  type FieldError,
  type Hub,
  HubError,
  type HubErrorCode,
  type HubErrorOptions,
  type Json,
  type LogAnswer,
  type LogOptions,
  type LogResult,
  type MarkAnswer,
  type PressAnswer,
  type Pressed,
  type Ref,
  type RefInput,
  type Token,
  type Tracker,
  type TrackersAnswer,
  type TrackInput,
  type UntrackInput,
  type Watch,
  type WatchInput,
  type WatchSnapshot,
  type WatchStatus,
} from '@hubbub/client';
import { describe, expectTypeOf, test } from 'vitest';

declare const hub: Hub;
declare const other: Hub;
type Listener = () => void;

describe('connect', () => {
  test('takes an address and a token, or a function that returns one', () => {
    expectTypeOf(connect).parameters.toEqualTypeOf<[url: string, options: ConnectOptions]>();
    expectTypeOf(connect).returns.toEqualTypeOf<Hub>();
    expectTypeOf<ConnectOptions>().toExtend<{ token: Token; locale?: string }>();
    expectTypeOf<Token>().toEqualTypeOf<string | (() => Promise<string>)>();
    expectTypeOf(connect).toBeCallableWith('https://hub.example.com', { token: 'a token' });
    expectTypeOf(connect).toBeCallableWith('https://hub.example.com', {
      token: async () => 'a token',
      locale: 'de',
    });
    // @ts-expect-error a token is required
    connect('https://hub.example.com');
    // @ts-expect-error the token must not be undefined
    connect('https://hub.example.com', { token: undefined });
    // @ts-expect-error a token is a string
    connect('https://hub.example.com', { token: 7 });
    // @ts-expect-error the function must return a promise
    connect('https://hub.example.com', { token: () => 'a token' });
    // @ts-expect-error an option that does not exist
    connect('https://hub.example.com', { token: 'a token', user: 'ada' });
  });
});

describe('buttons', () => {
  test('are part of actions, and are pressed by their ids', () => {
    expectTypeOf<Action['buttons']>().toEqualTypeOf<Button[]>();
    expectTypeOf<Button['style']>().toEqualTypeOf<'primary' | 'danger' | undefined>();
    expectTypeOf<FeedItem['pressed']>().toEqualTypeOf<Pressed | null>();
    expectTypeOf<HubError['pressed']>().toEqualTypeOf<Pressed | undefined>();
    expectTypeOf(hub.feed.press).parameters.toEqualTypeOf<[item: string, button: string]>();
    expectTypeOf(hub.feed.press).returns.toEqualTypeOf<Promise<PressAnswer>>();
    expectTypeOf<PressAnswer['item']>().toEqualTypeOf<FeedItem>();
    const buttons: Button[] = [{ id: 'yes', label: 'Yes' }];
    expectTypeOf(hub.log).toBeCallableWith({ actor: 'user:ada', verb: 'asked', body: 'Really?', buttons });
    // @ts-expect-error a button has a label
    hub.log({ actor: 'user:ada', verb: 'asked', buttons: [{ id: 'yes' }] });
  });
});

describe('a hub', () => {
  test('has a feed and a connection, which are read-only', () => {
    expectTypeOf(hub.feed).toEqualTypeOf<Feed>();
    expectTypeOf(hub.close).toEqualTypeOf<() => void>();
    // @ts-expect-error the feed is read-only
    hub.feed = other.feed;
    // @ts-expect-error the connection is read-only
    hub.connection = other.connection;
  });

  test('is only a type: connect creates it', () => {
    // @ts-expect-error the constructor is not exported
    new Hub();
  });

  test('logs one action or a batch, and may wait', () => {
    expectTypeOf(hub.log).parameters.toEqualTypeOf<
      [input: ActionInput | ActionInput[], options?: LogOptions]
    >();
    expectTypeOf<LogOptions>().toEqualTypeOf<{ wait?: boolean }>();
    expectTypeOf(hub.log).returns.toEqualTypeOf<Promise<LogAnswer>>();
    expectTypeOf(hub.log).toBeCallableWith({ actor: 'user:ada', verb: 'closed', colour: 'red' });
    expectTypeOf<LogAnswer>().toEqualTypeOf<{ ids: string[]; results?: LogResult[] }>();
    expectTypeOf<LogResult['outcome']>().toEqualTypeOf<'created' | 'grouped' | 'combined'>();
    // @ts-expect-error an action has a verb
    hub.log({ actor: 'user:ada' });
    // @ts-expect-error an action must have an actor, which may be null
    hub.log({ verb: 'closed' });
    // @ts-expect-error an option that does not exist
    hub.log({ actor: 'user:ada', verb: 'closed' }, { waits: true });
  });

  test('tracks and untracks objects', () => {
    expectTypeOf(hub.track).parameters.toEqualTypeOf<[input: TrackInput & { user?: string }]>();
    expectTypeOf(hub.track).returns.toEqualTypeOf<Promise<TrackersAnswer>>();
    expectTypeOf(hub.untrack).parameters.toEqualTypeOf<[input: UntrackInput & { user?: string }]>();
    expectTypeOf(hub.untrack).returns.toEqualTypeOf<Promise<TrackersAnswer>>();
    expectTypeOf<TrackersAnswer>().toEqualTypeOf<{ trackers: Tracker[] }>();
    expectTypeOf<Tracker['tracked']>().toEqualTypeOf<Ref | ClassRef>();
    // @ts-expect-error a tracker starts with `to`
    hub.track({ from: 'project:p1' });
    // @ts-expect-error and stops with `from`
    hub.untrack({ to: 'project:p1' });
    // @ts-expect-error verbs are a list
    hub.track({ to: 'project:p1', verbs: 'closed' });
  });

  test('creates events', () => {
    expectTypeOf(hub.event).parameters.toEqualTypeOf<[input: EventInput]>();
    expectTypeOf(hub.event).returns.toEqualTypeOf<Promise<Event>>();
    expectTypeOf(eventNames.UserConsented).toExtend<EventName>();
    expectTypeOf<EventInput['name']>().toEqualTypeOf<AnyEventName>();
    // @ts-expect-error an event has a name
    hub.event({ note: 'by mail' });
  });

  test('watches objects', () => {
    expectTypeOf(hub.watch).parameters.toEqualTypeOf<[input: WatchInput, listener?: Listener]>();
    expectTypeOf(hub.watch).returns.toEqualTypeOf<Watch>();
    // @ts-expect-error an object is required
    hub.watch({ limit: 20 });
    // @ts-expect-error one object, not a class
    hub.watch({ object: { type: 'issue' } });
  });

  test('reports its connection status', () => {
    expectTypeOf(hub.connection).toEqualTypeOf<Connection>();
    expectTypeOf(hub.connection.subscribe).toEqualTypeOf<(listener: Listener) => () => void>();
    expectTypeOf(hub.connection.getSnapshot).toEqualTypeOf<() => ConnectionState>();
    expectTypeOf(hub.connection.problem).toEqualTypeOf<ConnectionProblem | null>();
    expectTypeOf<ConnectionState>().toEqualTypeOf<'connecting' | 'online' | 'offline' | 'expired'>();
  });
});

describe('a feed', () => {
  test('is a store', () => {
    expectTypeOf(hub.feed.subscribe).toEqualTypeOf<(listener: Listener) => () => void>();
    expectTypeOf(hub.feed.getSnapshot).toEqualTypeOf<() => FeedSnapshot>();
    expectTypeOf<FeedSnapshot>().toEqualTypeOf<{
      readonly items: readonly FeedItem[];
      readonly counts: Counts;
      readonly status: FeedStatus;
      readonly hasMore: boolean;
      readonly error: HubError | null;
    }>();
    expectTypeOf<FeedStatus>().toEqualTypeOf<'idle' | 'loading' | 'loadingMore' | 'ready' | 'error'>();
    expectTypeOf<FeedItem['action']>().toEqualTypeOf<Action>();
    expectTypeOf<Counts>().toEqualTypeOf<{ unread: number; unseen: number; capped: boolean }>();
  });

  test('shows read-only data', () => {
    const snapshot = hub.feed.getSnapshot();
    // @ts-expect-error items are read-only
    snapshot.items.push(snapshot.items[0]);
    // @ts-expect-error the status is read-only
    snapshot.status = 'ready';
  });

  test('loads more items, and refreshes', () => {
    expectTypeOf(hub.feed.loadMore).toEqualTypeOf<(limit?: number) => Promise<void>>();
    expectTypeOf(hub.feed.refresh).toEqualTypeOf<() => Promise<void>>();
    // @ts-expect-error a number, not ids
    hub.feed.loadMore('next');
  });

  test('marks items by their ids, or all', () => {
    type Marks = (ids: string[]) => Promise<MarkAnswer>;
    expectTypeOf(hub.feed.markRead).toExtend<Marks>();
    expectTypeOf(hub.feed.markUnread).toExtend<Marks>();
    expectTypeOf(hub.feed.markSeen).toExtend<(ids?: string[]) => Promise<MarkAnswer>>();
    expectTypeOf(hub.feed.markAllRead).toEqualTypeOf<() => Promise<MarkAnswer>>();
    expectTypeOf<MarkAnswer>().toEqualTypeOf<{ changed: number; counts: Counts; position: string }>();
    // @ts-expect-error ids are a list
    hub.feed.markRead('i1');
    // @ts-expect-error the items are required
    hub.feed.markUnread();
    // @ts-expect-error a mark of all takes no ids
    hub.feed.markAllRead(['i1']);
  });
});

describe('a watch', () => {
  const watch = hub.watch({ object: 'issue:7' });

  test('is a store until it is closed', () => {
    expectTypeOf(watch.subscribe).toEqualTypeOf<(listener: Listener) => () => void>();
    expectTypeOf(watch.getSnapshot).toEqualTypeOf<() => WatchSnapshot>();
    expectTypeOf(watch.close).toEqualTypeOf<() => void>();
    expectTypeOf<WatchSnapshot>().toEqualTypeOf<{
      readonly items: readonly Action[];
      readonly status: WatchStatus;
      readonly error: HubError | null;
    }>();
    expectTypeOf<WatchStatus>().toEqualTypeOf<'loading' | 'ready' | 'error' | 'closed'>();
  });
});

describe('an error', () => {
  test('contains a code, and whether to retry', () => {
    expectTypeOf<HubError>().toExtend<Error>();
    expectTypeOf<HubError['code']>().toEqualTypeOf<HubErrorCode>();
    expectTypeOf<HubError['retryAfterMs']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<HubError['retryable']>().toBeBoolean();
    expectTypeOf<HubError['fields']>().toEqualTypeOf<readonly FieldError[]>();
    expectTypeOf<FieldError>().toEqualTypeOf<{ path: string; message: string }>();
    expectTypeOf<'forbidden' | 'timeout' | 'disconnected'>().toExtend<HubErrorCode>();
    expectTypeOf<'nothing'>().not.toExtend<HubErrorCode>();
  });

  test('is created from any thrown value', () => {
    expectTypeOf(HubError.from).toEqualTypeOf<(thrown: unknown) => HubError>();
    expectTypeOf(HubError).constructorParameters.toEqualTypeOf<
      [
        code: HubErrorCode,
        message: string,
        retryable: boolean,
        fields?: readonly FieldError[],
        options?: HubErrorOptions,
      ]
    >();
    // @ts-expect-error a code that does not exist
    new HubError('nothing', 'what?', false);
  });

  test('is narrowed by instanceof', () => {
    hub.log({ actor: 'user:ada', verb: 'closed' }).catch((error: unknown) => {
      if (error instanceof HubError) expectTypeOf(error).toEqualTypeOf<HubError>();
      else expectTypeOf(error).toBeUnknown();
    });
  });
});

describe('an action', () => {
  test('has refs in two forms', () => {
    expectTypeOf<RefInput>().toEqualTypeOf<string | Ref>();
    expectTypeOf<{ type: string }>().toEqualTypeOf<ClassRef>();
    expectTypeOf<{ type: 'issue'; id: '7'; name: 'Fix login' }>().toExtend<Ref>();
    expectTypeOf<Action['targets']>().toEqualTypeOf<Array<Ref | DeletedRef>>();
    expectTypeOf<DeletedRef>().toExtend<Ref>();
    expectTypeOf<DeletedRef['deleted']>().toEqualTypeOf<true>();
    // @ts-expect-error an object has an id
    ({ type: 'issue' }) satisfies Ref;
  });

  test('has data that is JSON', () => {
    expectTypeOf<Action['data']>().toEqualTypeOf<Record<string, Json>>();
    expectTypeOf<Date>().not.toExtend<Json>();
    expectTypeOf<{ deep: [1, 'two', null, { three: true }] }>().toExtend<Json>();
  });
});
