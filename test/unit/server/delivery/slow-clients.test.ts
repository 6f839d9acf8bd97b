import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SlowClients } from '../../../../server/delivery/slow-clients.ts';
import { Outboxes } from '../../../../server/sockets/outbox.ts';
import { FakeSocket } from '../../../support/fake-socket.ts';
import { principal } from '../../../support/memory/hub.ts';

const MIB = 1_048_576;

let outboxes: Outboxes;
let slowClients: SlowClients;
let ada: FakeSocket;
let bob: FakeSocket;
beforeEach(() => {
  vi.useFakeTimers();
  outboxes = new Outboxes();
  slowClients = new SlowClients(outboxes);
  [ada, bob] = [new FakeSocket(principal('ada')), new FakeSocket(principal('bob'))];
});
afterEach(() => {
  for (const { conn } of [ada, bob]) conn.emit('close');
  vi.useRealTimers();
});

/** Buffers packets, as Engine.IO does for a transport that accepts nothing. */
const write = ({ conn }: FakeSocket, bytes: number) => conn.emit('packetCreate', { data: 'x'.repeat(bytes) });
const admits = (socket: FakeSocket) => slowClients.checkBackpressure(socket.asSocket);

describe('a client', () => {
  it('gets pushes until a megabyte is queued, and then one stale event', () => {
    expect(admits(ada)).toBe(true);
    write(ada, MIB);
    expect(admits(ada)).toBe(true);
    write(ada, 1);
    expect([admits(ada), admits(ada)]).toEqual([false, false]);
    expect(admits(bob)).toBe(true);
    vi.advanceTimersByTime(10_000);
    expect(ada.pushed).toEqual([]);

    ada.conn.emit('flush');
    vi.advanceTimersByTime(100);
    expect(ada.pushed).toEqual([{ event: 'feed:stale', push: {} }]);
    expect(admits(ada)).toBe(true);
  });

  it('counts as slow with many small packets, too', () => {
    admits(ada);
    for (let count = 0; count < 1_000; count += 1) write(ada, 10);
    expect(admits(ada)).toBe(false);
  });

  it('is no longer waited for after it disconnected', async () => {
    outboxes.get(ada.asSocket.conn);
    write(ada, 2 * MIB);
    const room = outboxes.get(ada.asSocket.conn).untilWritable();
    ada.conn.emit('close');
    await room;
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('the queue of all clients is bounded: those that stalled first are disconnected', () => {
  const ended: string[] = [];
  const sockets = Array.from({ length: 70 }, (_, index) => {
    const socket = new FakeSocket(principal(`user-${index}`));
    outboxes.get(socket.asSocket.conn);
    Object.assign(socket.conn, {
      close: () => {
        ended.push(socket.data.principal.sub);
        socket.conn.emit('close');
      },
    });
    return socket;
  });
  for (const socket of sockets) write(socket, MIB);
  expect(ended).toEqual(['user-0', 'user-1', 'user-2', 'user-3', 'user-4', 'user-5']);
  for (const { conn } of sockets) conn.emit('close');
});
