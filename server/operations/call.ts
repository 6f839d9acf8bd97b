/** A call of the API while it is made, independently of its transport. */
import type { Principal } from '../../core/access/principal.ts';
import type { RequestFacts } from '../../core/ports/event-log.ts';
import type { WatchManager } from '../delivery/watch-manager.ts';
import type { Services } from '../services.ts';
import type { LogOrder } from '../sockets/log-order.ts';
import type { HubSocket } from '../sockets/types.ts';

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
  /** The idempotency key, if the call accepts one. */
  key: string | undefined;
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

/** A call over a socket. */
export interface SocketCall extends Call {
  socket: HubSocket;
  /** The second argument of the event, if there was one. */
  options: unknown;
  watchManager: WatchManager;
  logOrder: LogOrder;
  /** Waits until a large payload may be read. `onWait` is called if it has to wait. */
  waitToRead: (onWait: () => void) => Promise<void>;
  /** Renews the token of the socket. */
  renew: (token: string) => Promise<{ expiresAt: string }>;
}
