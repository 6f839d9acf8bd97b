/** A call of the API while it is made. */
import { setMaxListeners } from 'node:events';
import type { Principal } from '../../core/access/principal.ts';
import { CallerDisconnectedError } from '../../core/errors.ts';
import type { RequestFacts } from '../../core/ports/events.ts';
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

/** Over HTTP or over a socket. */
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

export interface SocketCall extends Call {
  socket: HubSocket;
  /** The second argument of the event, if there was one. */
  options: unknown;
  watchManager: WatchManager;
  logOrder: LogOrder;
  /** Waits until a large payload may be read. `onWait` is called if it has to wait. */
  waitToRead: (onWait: () => void) => Promise<void>;
  renew: (token: string) => Promise<{ expiresAt: string }>;
}

/** What a transport read. Not validated yet. */
export interface RawInput {
  /** By their names in the path. */
  path: Readonly<Record<string, unknown>>;
  query: unknown;
  body: unknown;
}

/** Creates an abort signal that any number of a client's calls may share. */
export function createCallSignal(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  // Each query adds a listener, and Node.js warns above ten.
  setMaxListeners(0, controller.signal);
  return { signal: controller.signal, abort: () => controller.abort(new CallerDisconnectedError()) };
}
