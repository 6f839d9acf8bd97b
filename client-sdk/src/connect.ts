import { io } from 'socket.io-client';
import { callsOver, type HubSocket } from './caller.ts';
import { Connection } from './connection.ts';
import { Feed } from './feed/store.ts';
import { Hub } from './hub.ts';
import type { ConnectOptions } from './options.ts';

/** Connects to the hub at `url`, e.g. `https://hub.example.com`. It answers at once and connects meanwhile. */
export function connect(url: string, options: ConnectOptions): Hub {
  const socket: HubSocket = io(url, {
    path: '/socket.io',
    autoConnect: false,
    // Two hubs on one page may belong to two users: never share their transport.
    forceNew: true,
    transports: ['websocket', 'polling'],
    reconnectionDelay: 500,
    reconnectionDelayMax: 5_000,
  });
  const call = callsOver(socket);
  const connection = new Connection(socket, options);
  const feed = new Feed(socket, call, { locale: options.locale });
  connection.open();
  return new Hub(connection, feed, call, socket);
}
