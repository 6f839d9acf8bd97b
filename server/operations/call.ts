/** A call of the API while it is made, independently of its transport. */
import type { Principal } from '../../core/access/principal.ts';
import type { RequestFacts } from '../../core/ports/event-log.ts';
import type { Services } from '../services.ts';

/** The response of a call whose work may continue in the background. */
export class Completion<T> {
  readonly response: T;
  /** Whether feeds are up to date with the call. */
  readonly completed: boolean;

  constructor(response: T, completed: boolean) {
    this.response = response;
    this.completed = completed;
  }
}

/** A call in progress, over HTTP or over a socket. */
export interface Call {
  services: Services;
  principal: Principal;
  /** The language that the caller prefers, in BCP 47. */
  locale: string | undefined;
  /** Whether the caller waits until feeds are up to date. */
  wait: boolean;
  /** Returns the idempotency key, if the call accepts one and has one. @throws HubError invalid_input */
  key: () => string | undefined;
  /** The id of the caller's socket, which needs no push about the call. */
  origin: string | null;
  /** Describes the request, for the event log. @throws HubError forbidden, invalid_input */
  request: () => RequestFacts;
}

/** What a transport read. Not validated yet. */
export interface RawInput {
  /** By their names in the path. */
  path: Readonly<Record<string, unknown>>;
  query: unknown;
  body: unknown;
}
