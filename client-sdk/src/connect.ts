import { io } from 'socket.io-client';
import { callsOver, type HubSocket } from './caller.ts';
import { Connection } from './connection.ts';
import { Feed } from './feed/store.ts';
import { Hub } from './hub.ts';
import { LogQueue } from './log-queue.ts';
import type { ConnectOptions } from './options.ts';
import { type Surroundings, surroundings } from './surroundings.ts';

/**
 * Connects to the hub at `url`, e.g. `https://hub.example.com`. It answers at once and connects meanwhile; close the hub
 * when it is not needed any more.
 */
export function connect(url: string, options: ConnectOptions): Hub {
  return connectIn(surroundings, url, options);
}

/** As `connect`, in surroundings of the caller's. */
export function connectIn(around: Surroundings, url: string, options: ConnectOptions): Hub {
  const socket: HubSocket = io(url, {
    path: '/socket.io',
    autoConnect: false,
    // Two hubs on one page may belong to two users: never share their transport.
    forceNew: true,
    // `Connection` does it: it knows of tokens, and when it is worth trying.
    reconnection: false,
    transports: ['websocket', 'polling'],
  });
  const call = callsOver(socket);
  const connection = new Connection(socket, call, options, around);
  const feed = new Feed(socket, call, { locale: options.locale });
  const queue = new LogQueue(socket, call, around);
  connection.open();
  return new Hub(connection, feed, queue, call, socket);
}
