import { io } from 'socket.io-client';
import { Connection } from './connection.ts';
import { defaultEnvironment, type Environment } from './environment.ts';
import { Feed } from './feed/store.ts';
import { Hub } from './hub.ts';
import { LogQueue } from './log-queue.ts';
import type { ConnectOptions } from './options.ts';
import { RpcClient } from './rpc-client.ts';

/**
 * Connects to the hub at `url`, e.g. `https://hub.example.com`. Returns immediately and connects in the background.
 * Close the hub when it is no longer needed.
 *
 * @throws TypeError if `url` is not a valid URL or the token is missing
 */
export function connect(url: string, options: ConnectOptions): Hub {
  return connectWith(defaultEnvironment, url, options);
}

/** Like `connect`, with an environment that the caller provides. */
export function connectWith(environment: Environment, url: string, options: ConnectOptions): Hub {
  checkOptions(url, options);
  const socket = io(url, {
    autoConnect: false,
    // Two hubs on one page may belong to two users, so they must not share a transport.
    forceNew: true,
    // `Connection` reconnects: it handles tokens and knows when to retry.
    reconnection: false,
    transports: ['websocket', 'polling'],
    // Otherwise polling is used only for upgrades, and clients behind a proxy that blocks WebSockets stay offline.
    tryAllTransports: true,
  });
  const rpc = new RpcClient(socket, environment);
  const connection = new Connection(rpc, options, environment);
  const feed = new Feed(rpc, { locale: options.locale, onLeave: environment.onLeave });
  const queue = new LogQueue(rpc, environment, (problem) => connection.report(problem));
  connection.open();
  return new Hub(connection, feed, queue, rpc);
}

function checkOptions(url: string, { token }: Partial<ConnectOptions> = {}): void {
  if (!/^(https?|wss?):/.test(url) || !URL.canParse(url))
    throw new TypeError(`url must be an address such as https://hub.example.com, not ${url}`);
  if (!token) throw new TypeError('token must be a token, or a function that returns one');
}
