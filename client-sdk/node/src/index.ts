/** The public API of `@hubbub/node`, for backends. Requires Node; do not use it in a page. */
export type {
  Action,
  ActionInput,
  Button,
  ClassRef,
  DeadLetter,
  DeadLettersQuery,
  DeletedRef,
  DeletionInput,
  Event,
  EventInput,
  Json,
  LogAnswer,
  LogResult,
  ObjectsAnswer,
  Page,
  Ref,
  RefInput,
  Tracker,
  TrackersAnswer,
  TrackInput,
  UntrackInput,
} from '../../../protocol/entities.ts';
export type { FieldError } from '../../../protocol/errors.ts';
export type { AnyEventName, EventName } from '../../../protocol/events.ts';
export { eventNames } from '../../../protocol/events.ts';
export type { HubErrorCode, HubErrorOptions } from '../../common/hub-error.ts';
export { HubError } from '../../common/hub-error.ts';
export type { SignalOptions } from './http-client.ts';
export type { HubObjects } from './hub-objects.ts';
export type {
  EventOptions,
  HubServer,
  HubServerOptions,
  LogOptions,
  WaitOptions,
} from './hub-server.ts';
export { createHubServer } from './hub-server.ts';
export type { PageOptions, PageRequest } from './pages.ts';
export { trackPages } from './pages.ts';
export type { RequestFacts } from './request-facts.ts';
export type { Scope, TokenOptions } from './tokens.ts';
