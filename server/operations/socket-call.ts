import type { WatchManager } from '../delivery/watch-manager.ts';
import type { LogOrder } from '../sockets/log-order.ts';
import type { HubSocket } from '../sockets/types.ts';
import type { Call } from './call.ts';

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
