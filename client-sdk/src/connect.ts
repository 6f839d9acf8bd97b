import { io } from 'socket.io-client';
import { Caller } from './caller.ts';
import { Connection } from './connection.ts';
import { Feed } from './feed/store.ts';
import { Hub } from './hub.ts';
import { LogQueue } from './log-queue.ts';
import type { ConnectOptions } from './options.ts';
import { type Surroundings, surroundings } from './surroundings.ts';

/**
 * Connects to the hub at `url`, e.g. `https://hub.example.com`. It answers at once and connects meanwhile; close the hub
 * when it is not needed any more.
 *
 * @throws TypeError where `url` is no address, or there is no token
 */
export function connect(url: string, options: ConnectOptions): Hub {
  return connectIn(surroundings, url, options);
}

/** As `connect`, in surroundings of the caller's. */
export function connectIn(around: Surroundings, url: string, options: ConnectOptions): Hub {
  checkOptions(url, options);
  const socket = io(url, {
    autoConnect: false,
    // Two hubs on one page may belong to two users: never share their transport.
    forceNew: true,
    // `Connection` does it: it knows of tokens, and when it is worth trying.
    reconnection: false,
    transports: ['websocket', 'polling'],
    // Else the second is for upgrades alone, and a proxy that lets no WebSocket through keeps one offline.
    tryAllTransports: true,
  });
  const caller = new Caller(socket, around);
  const connection = new Connection(caller, options, around);
  const feed = new Feed(caller, { locale: options.locale, onLeave: around.onLeave });
  const queue = new LogQueue(caller, around, (problem) => connection.report(problem));
  connection.open();
  return new Hub(connection, feed, queue, caller);
}

function checkOptions(url: string, { token }: Partial<ConnectOptions> = {}): void {
  if (!/^(https?|wss?):/.test(url) || !URL.canParse(url))
    throw new TypeError(`url must be an address such as https://hub.example.com, not ${url}`);
  if (!token) throw new TypeError('token must be a token, or a function that gives one');
}
