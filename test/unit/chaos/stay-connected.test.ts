/** The harness's own clients stay connected. A probe without a connection would measure its own absence as a pause. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { stayConnected } from '../../../chaos/load/stay-connected.ts';
import { until } from '../../support/until.ts';

const closers: Array<() => void | Promise<void>> = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A gateway that refuses the given number of handshakes, and a socket that stays connected to it. */
async function open(refusals: number) {
  const http = createServer();
  const server = new Server(http);
  const stats = { handshakes: 0 };
  server.use((_, next) => {
    stats.handshakes += 1;
    next(stats.handshakes <= refusals ? new Error('unavailable') : undefined);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  const socket = io(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, {
    forceNew: true,
    transports: ['websocket'],
  });
  const disconnect = stayConnected(socket, 5);
  closers.push(disconnect);
  return { server, socket, stats, disconnect };
}

describe('a client that stays connected', () => {
  it('connects again after a gateway refused it', async () => {
    const { socket, stats } = await open(3);
    await until(() => socket.connected);
    expect(stats.handshakes).toBe(4);
  });

  it('connects again after a gateway ended its connection', async () => {
    const { server, socket, stats } = await open(0);
    await until(() => socket.connected);
    server.disconnectSockets();
    await until(() => stats.handshakes === 2 && socket.connected);
  });

  it('stays away once the caller disconnected it', async () => {
    const { server, socket, stats, disconnect } = await open(Number.POSITIVE_INFINITY);
    await until(() => stats.handshakes > 0);
    disconnect();
    // A handshake that was sent before this may still arrive.
    await until(() => server.engine.clientsCount === 0);
    const { handshakes } = stats;
    const other = await open(2);
    await until(() => other.socket.connected);
    expect(stats.handshakes).toBe(handshakes);
    expect(socket.connected).toBe(false);
  });
});
