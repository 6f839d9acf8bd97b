import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Link } from '../../dev/link.ts';
import { until } from '../../dev/until.ts';

describe('a link', () => {
  let service: Server;
  let link: Link;
  let clients: Socket[];

  beforeEach(async () => {
    clients = [];
    service = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    const { port } = service.address() as AddressInfo;
    link = await Link.to(() => port);
  });

  afterEach(async () => {
    for (const client of clients) client.destroy();
    await link.close();
    service.close();
  });

  /** The received text, and whether the connection has ended. */
  function client() {
    const socket = connect(link.port, '127.0.0.1');
    clients.push(socket);
    const peer = { text: '', isClosed: false, socket };
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      peer.text += text;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      peer.isClosed = true;
    });
    return peer;
  }

  it('forwards bytes in order', async () => {
    const { socket, ...peer } = client();
    let text = '';
    socket.on('data', (more: string) => {
      text += more;
    });
    for (let index = 0; index < 100; index += 1) socket.write(`${index},`);
    const all = Array.from({ length: 100 }, (_, index) => `${index},`).join('');
    await until(() => text === all, 'all of it');
    expect(peer.isClosed).toBe(false);
  });

  it('keeps the order of delayed bytes', async () => {
    await link.set({ mode: 'delay', delayMs: 30 });
    const peer = client();
    const startedAt = performance.now();
    peer.socket.write('a');
    await until(() => peer.text === 'a', 'the first');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(55);
    peer.socket.write('b');
    await link.set({ mode: 'open' });
    peer.socket.write('c');
    await until(() => peer.text === 'abc', 'the rest');
  });

  it('cuts connections, refuses new ones, and listens at the same port again', async () => {
    const before = client();
    before.socket.write('a');
    await until(() => before.text === 'a', 'a response');
    await link.set({ mode: 'cut' });
    await until(() => before.isClosed, 'the end of the connection');
    const duringCut = client();
    await until(() => duringCut.isClosed, 'the refusal');
    await link.set({ mode: 'open' });
    const after = client();
    after.socket.write('b');
    await until(() => after.text === 'b', 'a response');
  });

  it('drops bytes in a blackhole, and closes such a connection when it opens', async () => {
    const peer = client();
    peer.socket.write('a');
    await until(() => peer.text === 'a', 'a response');
    await link.set({ mode: 'blackhole' });
    peer.socket.write('b');
    const lateClient = client();
    await once(lateClient.socket, 'connect');
    lateClient.socket.write('c');
    await until(() => link.lostBytes === 2, 'the loss of both');
    expect(peer).toMatchObject({ text: 'a', isClosed: false });
    await link.set({ mode: 'open' });
    await until(() => peer.isClosed && lateClient.isClosed, 'the end of both');
    expect([peer.text, lateClient.text]).toEqual(['a', '']);
  });

  it('forwards requests and drops responses while it is half open', async () => {
    let received = '';
    service.on('connection', (socket) =>
      socket.on('data', (data) => {
        received += data;
      }),
    );
    await link.set({ mode: 'halfOpen' });
    const peer = client();
    peer.socket.write('a');
    await until(() => received === 'a', 'the request');
    await until(() => link.lostBytes === 1, 'the loss of the response');
    expect(peer.text).toBe('');
  });
});
