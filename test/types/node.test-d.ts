import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as client from '@hubbub/client';
import {
  type Action,
  type ActionInput,
  type AnyEventName,
  type Button,
  type ClassRef,
  createHubServer,
  type DeadLetter,
  type DeadLettersQuery,
  type DeletedRef,
  type DeletionInput,
  type Event,
  type EventInput,
  type EventName,
  type EventOptions,
  eventNames,
  type FieldError,
  HubError,
  type HubErrorCode,
  type HubErrorOptions,
  type HubObjects,
  type HubServer,
  type HubServerOptions,
  type Json,
  type LogAnswer,
  type LogOptions,
  type LogResult,
  type ObjectsAnswer,
  type Page,
  type PageOptions,
  type PageRequest,
  type Ref,
  type RefInput,
  type RequestFacts,
  type Scope,
  type SignalOptions,
  type TokenOptions,
  type Tracker,
  type TrackersAnswer,
  type TrackInput,
  trackPages,
  type UntrackInput,
  type WaitOptions,
} from '@hubbub/node';
import express, { type Request } from 'express';
import { describe, expectTypeOf, test } from 'vitest';

declare const hub: HubServer;

describe('createHubServer', () => {
  test('needs an address and a secret; the rest has defaults', () => {
    expectTypeOf(createHubServer).parameters.toEqualTypeOf<[HubServerOptions]>();
    expectTypeOf(createHubServer).returns.toEqualTypeOf<HubServer>();
    expectTypeOf(createHubServer).toBeCallableWith({ url: 'https://hub.example.com', secret: 's' });
    expectTypeOf<Required<HubServerOptions>>().toEqualTypeOf<{
      url: string;
      secret: string;
      name: string;
      issuer: string;
      audience: string;
      space: string;
    }>();
    // @ts-expect-error without a secret no token can be signed
    createHubServer({ url: 'https://hub.example.com' });
    // @ts-expect-error an environment variable may be missing
    createHubServer({ url: 'https://hub.example.com', secret: process.env.HUBBUB_JWT_SECRET });
    // @ts-expect-error an option that does not exist
    createHubServer({ url: 'https://hub.example.com', secret: 's', retries: 3 });
  });
});

describe('a backend', () => {
  test('logs one action or a batch, and may wait', () => {
    expectTypeOf(hub.log).parameters.toEqualTypeOf<
      [input: ActionInput | readonly ActionInput[], options?: LogOptions]
    >();
    expectTypeOf(hub.log).returns.toEqualTypeOf<Promise<LogAnswer>>();
    expectTypeOf<LogOptions>().toEqualTypeOf<{ wait?: boolean; key?: string; signal?: AbortSignal }>();
    expectTypeOf<Action['buttons']>().toEqualTypeOf<Button[]>();
    expectTypeOf(hub.log).toBeCallableWith({ actor: null, verb: 'was imported' }, { wait: true });
    // @ts-expect-error an action has a verb
    hub.log({ actor: 'user:ada' });
    // @ts-expect-error keys are strings
    hub.log({ actor: 'user:ada', verb: 'closed' }, { key: 7 });
  });

  test('tracks and untracks for users', () => {
    expectTypeOf(hub.track).parameters.toEqualTypeOf<
      [user: string, input: TrackInput, options?: WaitOptions]
    >();
    expectTypeOf(hub.track).returns.toEqualTypeOf<Promise<TrackersAnswer>>();
    expectTypeOf(hub.untrack).parameters.toEqualTypeOf<
      [user: string, input: UntrackInput, options?: WaitOptions]
    >();
    expectTypeOf(hub.untrack).returns.toEqualTypeOf<Promise<TrackersAnswer>>();
    expectTypeOf<WaitOptions>().toEqualTypeOf<{ wait?: boolean; signal?: AbortSignal }>();
    expectTypeOf<TrackersAnswer['trackers']>().toEqualTypeOf<Tracker[]>();
    // @ts-expect-error the user comes first
    hub.track({ to: 'project:p1' });
    // @ts-expect-error a tracker starts with `to`
    hub.track('ada', { from: 'project:p1' });
    // @ts-expect-error and stops with `from`
    hub.untrack('ada', { to: 'project:p1' });
  });

  test('registers how objects are displayed', () => {
    expectTypeOf(hub.objects).toEqualTypeOf<HubObjects>();
    expectTypeOf(hub.objects.put).parameters.toEqualTypeOf<
      [objects: readonly RefInput[], options?: SignalOptions]
    >();
    expectTypeOf(hub.objects.put).returns.toEqualTypeOf<Promise<ObjectsAnswer>>();
    expectTypeOf<ObjectsAnswer>().toEqualTypeOf<{ objects: Array<Ref | DeletedRef> }>();
    expectTypeOf(hub.objects.get).parameters.toEqualTypeOf<[object: RefInput, options?: SignalOptions]>();
    expectTypeOf(hub.objects.get).returns.toEqualTypeOf<Promise<Ref | DeletedRef>>();
    // @ts-expect-error a list of objects
    hub.objects.put('project:p1');
    // @ts-expect-error a class is not an object
    hub.objects.get({ type: 'project' });
  });

  test('deletes objects and recalls actions', () => {
    expectTypeOf(hub.deleteObject).parameters.toEqualTypeOf<
      [object: RefInput, input?: DeletionInput, options?: WaitOptions]
    >();
    expectTypeOf(hub.deleteObject).returns.toEqualTypeOf<Promise<DeletedRef>>();
    expectTypeOf<DeletedRef>().toExtend<Ref>();
    expectTypeOf<DeletedRef['serialization']>().toEqualTypeOf<Json>();
    expectTypeOf(hub.recall).parameters.toEqualTypeOf<[action: string, options?: WaitOptions]>();
    expectTypeOf(hub.recall).returns.toEqualTypeOf<Promise<{ id: string }>>();
    // @ts-expect-error actions are kept or deleted
    hub.deleteObject('issue:7', { actions: 'hide' });
    // @ts-expect-error a class is not an object
    hub.deleteObject({ type: 'issue' });
  });

  test('creates events', () => {
    expectTypeOf(hub.event).parameters.toEqualTypeOf<[input: EventInput, options?: EventOptions]>();
    expectTypeOf(hub.event).returns.toEqualTypeOf<Promise<Event>>();
    expectTypeOf<EventOptions>().toEqualTypeOf<{
      key?: string;
      request?: RequestFacts;
      signal?: AbortSignal;
    }>();
    expectTypeOf<RequestFacts>().toEqualTypeOf<{
      method: string;
      path: string;
      address: string | null;
      agent: string | null;
    }>();
    expectTypeOf(hub.event).toBeCallableWith({ name: 'LessonFinished' });
    // @ts-expect-error an event has a name
    hub.event({ user: 'ada' });
    // @ts-expect-error all request facts are required
    hub.event({ name: 'LessonFinished' }, { request: { path: '/' } });
  });

  test('creates tokens', () => {
    expectTypeOf(hub.tokenFor).parameters.toEqualTypeOf<[user: string, options?: TokenOptions]>();
    expectTypeOf(hub.tokenFor).returns.toEqualTypeOf<Promise<string>>();
    expectTypeOf<Required<TokenOptions>>().toEqualTypeOf<{
      scope: string | readonly Scope[];
      objects: ReadonlyArray<RefInput | ClassRef>;
      verbs: readonly string[];
      name: string;
      picture: string;
      expiresIn: number;
      space: string;
    }>();
    expectTypeOf<Scope>().toEqualTypeOf<'feed' | 'log' | 'track' | 'service'>();
    // @ts-expect-error no such scope
    hub.tokenFor('ada', { scope: ['admin'] });
    // @ts-expect-error seconds, not a string
    hub.tokenFor('ada', { expiresIn: '1h' });
  });
});

describe('trackPages', () => {
  test('is Express middleware, and passes its requests to the application', () => {
    expectTypeOf(trackPages).parameter(0).toEqualTypeOf<Pick<HubServer, 'event'>>();
    expectTypeOf(trackPages<PageRequest>).returns.toEqualTypeOf<
      (request: PageRequest, response: ServerResponse, next: (error?: unknown) => void) => void
    >();
    expectTypeOf<PageRequest>().toExtend<IncomingMessage>();
    const app = express();
    app.use(trackPages(hub, { user: (request: Request) => request.get('x-user') ?? null }));
    expectTypeOf<Parameters<PageOptions<Request>['user']>>().toEqualTypeOf<[request: Request]>();
    expectTypeOf<Required<PageOptions<Request>>['onError']>().toEqualTypeOf<(error: HubError) => void>();
    expectTypeOf<Required<PageOptions<Request>>['most']>().toBeNumber();
    trackPages(hub, { user: async () => undefined, related: () => ({ type: 'issue', id: '7' }), most: 5 });
    // @ts-expect-error `user` is required
    trackPages(hub, {});
    // @ts-expect-error a user is given as an id
    trackPages(hub, { user: () => 7 });
  });
});

describe('dead letters', () => {
  test('are listed in pages', () => {
    expectTypeOf(hub.deadLetters).parameters.toEqualTypeOf<[query?: DeadLettersQuery]>();
    expectTypeOf(hub.deadLetters).returns.resolves.toEqualTypeOf<Page<DeadLetter>>();
    expectTypeOf<DeadLetter['actions']>().toEqualTypeOf<Array<Omit<Action, 'text'>> | null>();
    // @ts-expect-error a number, not a string
    hub.deadLetters({ limit: '20' });
  });
});

describe('a call', () => {
  test('can be aborted', () => {
    expectTypeOf<Required<SignalOptions>>().toEqualTypeOf<{ signal: AbortSignal }>();
    expectTypeOf<WaitOptions>().toExtend<SignalOptions>();
  });
});

describe('the types shared with the browser entry', () => {
  test('are the same', () => {
    expectTypeOf<HubError>().toEqualTypeOf<client.HubError>();
    expectTypeOf<typeof HubError>().toEqualTypeOf<typeof client.HubError>();
    expectTypeOf<HubErrorCode>().toEqualTypeOf<client.HubErrorCode>();
    expectTypeOf<HubErrorOptions>().toEqualTypeOf<client.HubErrorOptions>();
    expectTypeOf<FieldError>().toEqualTypeOf<client.FieldError>();
    expectTypeOf(eventNames).toEqualTypeOf<typeof client.eventNames>();
    expectTypeOf<EventName>().toEqualTypeOf<client.EventName>();
    expectTypeOf<AnyEventName>().toEqualTypeOf<client.AnyEventName>();
    expectTypeOf<LogResult['action']>().toEqualTypeOf<Action>();
    expectTypeOf<Action>().toEqualTypeOf<client.Action>();
    expectTypeOf(new HubError('forbidden', 'not yours', false).code).toEqualTypeOf<HubErrorCode>();
  });
});
