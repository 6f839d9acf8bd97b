/** Hostile inputs below Socket.IO: WebSocket frames, long-polling bodies, and bytes of TCP connections. */
import fc from 'fast-check';
import { limits } from '../../../protocol/limits.ts';
import { MAX_FRAME, MAX_UNAUTHENTICATED_BYTES } from '../../../server/sockets/frames.ts';
import { hostileBytes, hostileJson, hostileText } from './values.ts';

/** Sizes around the limits of frames. */
const size = fc
  .tuple(
    fc.constantFrom(limits.payload, MAX_FRAME, MAX_UNAUTHENTICATED_BYTES, limits.token, 16_384, 65_536),
    fc.integer({ min: -2, max: 2 }),
  )
  .map(([limit, more]) => limit + more);

/** Engine.IO packets, which contain Socket.IO packets. */
export const packet: fc.Arbitrary<string | Buffer> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('0', '1', '3', '4', '5', '6', '7', '9', 'b', ''), hostileText)
      .map(([type, text]) => type + text),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom('40', '41', '42', '43', '44', '45', '46', '47', '4-', '4b'),
        fc.oneof(hostileText, hostileJson),
      )
      .map(([type, text]) => type + text),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('40/admin,', '42/admin,', '40/,', '42/a?b,', '40//,', `42/${'n'.repeat(5_000)},`),
        hostileJson,
      )
      .map(([type, text]) => type + text),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          '451-',
          '452-',
          '450-',
          '459-',
          '4511-',
          '45999999999-',
          '45-',
          '451',
          '461-0',
          '45-1-',
        ),
        hostileJson,
      )
      .map(([type, text]) => `${type}["event",${text}]`),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('42', '420', '43', '430', '4299999999999999999999'),
        fc.constantFrom(
          '',
          '[',
          ']',
          '[]',
          '{}',
          '[{}]',
          '[null]',
          '[[]]',
          '["connect"]',
          '["disconnect"]',
          '[1,2]',
          '"x"',
          'null',
        ),
      )
      .map((parts) => parts.join('')),
  },
  { weight: 3, arbitrary: hostileJson.map((json) => `40${json}`) },
  { weight: 2, arbitrary: hostileJson.map((json) => `40{"token":${json}}`) },
  {
    weight: 1,
    arbitrary: size.map((bytes) => `42["event",{"name":"${'x'.repeat(Math.max(bytes - 24, 0))}"}]`),
  },
  { weight: 4, arbitrary: hostileBytes },
);

export interface Frames {
  packets: Array<string | Buffer>;
  /** How packets are sent: correctly, in fragments, as text that is not UTF-8, or as bytes that are no frames. */
  as: 'frames' | 'fragments' | 'text' | 'bytes' | 'pings';
}

export const frames: fc.Arbitrary<Frames> = fc.record({
  packets: fc.array(packet, { minLength: 1, maxLength: 3 }),
  as: fc.oneof(
    { weight: 10, arbitrary: fc.constant('frames' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('fragments' as const, 'text' as const, 'bytes' as const, 'pings' as const),
    },
  ),
});

/** A long-polling request. Its path continues after the session id. */
export interface Polling {
  method: string;
  query: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

const pollingBody = fc.oneof(
  fc
    .array(packet, { minLength: 1, maxLength: 4 })
    .map((packets) =>
      Buffer.concat(
        packets
          .flatMap((each) => [Buffer.from('\x1e'), typeof each === 'string' ? Buffer.from(each) : each])
          .slice(1),
      ),
    ),
  hostileBytes,
  fc
    .constantFrom('', '\x1e', '\x1e\x1e\x1e', 'b', 'bAAA', 'b!!!!', '4', '3\x1e'.repeat(1_000))
    .map((text) => Buffer.from(text)),
);

export const polling: fc.Arbitrary<Polling> = fc.record({
  method: fc.oneof(
    { weight: 8, arbitrary: fc.constant('POST') },
    { weight: 1, arbitrary: fc.constantFrom('PUT', 'DELETE', 'PATCH', 'OPTIONS') },
  ),
  query: fc.oneof(
    { weight: 6, arbitrary: fc.constant('') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '&EIO=3',
        '&EIO=5',
        '&transport=websocket',
        '&transport=x',
        '&transport=__proto__',
        '&transport=constructor',
        '&sid=x',
        '&sid=__proto__',
        '&j=1',
        '&b64=1',
        '&t=1&t=2',
        '&sid[]=1',
      ),
    },
  ),
  headers: fc.constantFrom<Record<string, string>>(
    {},
    { 'content-type': 'application/octet-stream' },
    { 'content-type': 'text/plain;charset=UTF-8' },
    { 'content-encoding': 'gzip' },
    { origin: '\u00ff' },
  ),
  body: pollingBody,
});

const HEAD =
  'POST /v1/actions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\nContent-Type: application/json\r\n';

/** Bytes that look like HTTP. The sender replaces `TOKEN` by a token. */
export const tcpBytes: fc.Arbitrary<Buffer> = fc.oneof(
  hostileBytes,
  fc
    .constantFrom(
      'GET / HTTP/9.9\r\n\r\n',
      'GET /\r\n\r\n',
      'GET  HTTP/1.1\r\n\r\n',
      '\r\n\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      `${HEAD}Content-Length: -1\r\n\r\n`,
      `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`,
      `${HEAD}Content-Length: 9999999999999\r\n\r\n{}`,
      `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
      `${HEAD}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}`,
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}X\r\n0\r\n\r\n`,
      `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      `${HEAD}Transfer-Encoding: x\r\n\r\n{}`,
      `${HEAD}X: \u0000\r\n\r\n`,
      `${HEAD}X:${'y'.repeat(70_000)}\r\n\r\n`,
      `${HEAD}${'X: y\r\n'.repeat(5_000)}\r\n`,
      `${HEAD} folded: x\r\n\r\n`,
      `${HEAD}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
      `${HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 99\r\n\r\n',
      'GET /socket.io/?EIO=4&transport=websocket&sid=x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      'GET /v1/users/ada/feed HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
      'CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET //a HTTP/1.1\r\nHost: x\r\n\r\n',
    )
    .map((text) => Buffer.from(text, 'latin1')),
  fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'CONNECT', 'get', 'G\u0000T'),
      hostileText,
      fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'X'),
    )
    .map(([method, path, version]) => Buffer.from(`${method} /${path} ${version}\r\nHost: x\r\n\r\n`)),
  fc
    .tuple(hostileText, hostileText)
    .map(([name, value]) => Buffer.from(`GET /healthz HTTP/1.1\r\nHost: x\r\n${name}: ${value}\r\n\r\n`)),
);
