/** The public API of `@hubbub/client`. */
export type {
  Action,
  ActionInput,
  Button,
  ClassRef,
  Counts,
  DeletedRef,
  Event,
  EventInput,
  FeedItem,
  Json,
  LogAnswer,
  LogResult,
  MarkAnswer,
  PressAnswer,
  Pressed,
  Ref,
  RefInput,
  Tracker,
  TrackersAnswer,
  TrackInput,
  UntrackInput,
  WatchInput,
} from '../../../protocol/entities.ts';
export type { FieldError } from '../../../protocol/errors.ts';
export type { AnyEventName, EventName } from '../../../protocol/events.ts';
export { eventNames } from '../../../protocol/events.ts';
export type { HubErrorCode, HubErrorOptions } from '../../common/hub-error.ts';
export { HubError } from '../../common/hub-error.ts';
export { connect } from './connect.ts';
export type { Connection, ConnectionProblem, ConnectionState } from './connection.ts';
export type { FeedSnapshot, FeedStatus } from './feed/state.ts';
export type { Feed } from './feed/store.ts';
export type { Hub } from './hub.ts';
export type { LogOptions } from './log-queue.ts';
export type { ConnectOptions, Token } from './options.ts';
export type { Watch, WatchSnapshot, WatchStatus } from './watch.ts';
