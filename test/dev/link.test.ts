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

  /** What comes back, and whether the connection has ended. */
  function client() {
    const socket = connect(link.port, '127.0.0.1');
    clients.push(socket);
    const heard = { text: '', isClosed: false, socket };
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      heard.text += text;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      heard.isClosed = true;
    });
    return heard;
  }

  it('passes on what it is given, in order', async () => {
    const { socket, ...heard } = client();
    let text = '';
    socket.on('data', (more: string) => {
      text += more;
    });
    for (let index = 0; index < 100; index += 1) socket.write(`${index},`);
    const all = Array.from({ length: 100 }, (_, index) => `${index},`).join('');
    await until(() => text === all, 'all of it');
    expect(heard.isClosed).toBe(false);
  });

  it('keeps the order where it delays', async () => {
    await link.set({ mode: 'delay', delayMs: 30 });
    const heard = client();
    const began = performance.now();
    heard.socket.write('a');
    await until(() => heard.text === 'a', 'the first');
    expect(performance.now() - began).toBeGreaterThanOrEqual(55);
    heard.socket.write('b');
    await link.set({ mode: 'open' });
    heard.socket.write('c');
    await until(() => heard.text === 'abc', 'the rest');
  });

  it('cuts connections, refuses new ones, and listens again at the same port', async () => {
    const before = client();
    before.socket.write('a');
    await until(() => before.text === 'a', 'an answer');
    await link.set({ mode: 'cut' });
    await until(() => before.isClosed, 'the end of the connection');
    const meanwhile = client();
    await until(() => meanwhile.isClosed, 'the refusal');
    await link.set({ mode: 'open' });
    const after = client();
    after.socket.write('b');
    await until(() => after.text === 'b', 'an answer');
  });

  it('loses what is sent into a blackhole, and ends such a connection when it opens', async () => {
    const heard = client();
    heard.socket.write('a');
    await until(() => heard.text === 'a', 'an answer');
    await link.set({ mode: 'blackhole' });
    heard.socket.write('b');
    const late = client();
    await once(late.socket, 'connect');
    late.socket.write('c');
    await until(() => link.lostBytes === 2, 'the loss of both');
    expect(heard).toMatchObject({ text: 'a', isClosed: false });
    await link.set({ mode: 'open' });
    await until(() => heard.isClosed && late.isClosed, 'the end of both');
    expect([heard.text, late.text]).toEqual(['a', '']);
  });

  it('lets requests through and loses answers where it is half open', async () => {
    let received = '';
    service.on('connection', (socket) =>
      socket.on('data', (data) => {
        received += data;
      }),
    );
    await link.set({ mode: 'halfOpen' });
    const heard = client();
    heard.socket.write('a');
    await until(() => received === 'a', 'the request');
    await until(() => link.lostBytes === 1, 'the loss of the answer');
    expect(heard.text).toBe('');
  });
});
