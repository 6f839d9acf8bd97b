/** An event that is encoded once equals what Socket.IO and `ws` would encode for each connection. */
import fc from 'fast-check';
import { Encoder, PacketType } from 'socket.io-parser';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import type { FeedItem, Json } from '../../../../protocol/entities.ts';
import { encodeEvent, ItemEncoder, sendEncoded } from '../../../../server/sockets/encoded-event.ts';
import type { HubSocket } from '../../../../server/sockets/types.ts';

const socketIo = (event: string, push: unknown): string[] =>
  new Encoder().encode({ type: PacketType.EVENT, nsp: '/', data: [event, push] }) as string[];

/** The frame of `ws` for a text. */
function webSocketFrame(text: string): Buffer {
  const { frame } = Reflect.get(ws, 'Sender') as { frame(data: Buffer, options: object): Buffer[] };
  return Buffer.concat(frame(Buffer.from(text), { fin: true, opcode: 1, mask: false, readOnly: true }));
}

const text = fc.string({ unit: 'binary', maxLength: 40 });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'toJSON', 'id', 'position', '"', '\\'));
const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }) as fc.Arbitrary<Json>;
const ref = fc.record({ type: text, id: text, name: text, url: text }, { requiredKeys: ['type', 'id'] });
const optional = fc.option(text, { nil: undefined });
const date = fc.date({ noInvalidDate: true });
const item = fc.record({
  id: text,
  action: fc.record({
    id: text,
    actor: fc.option(ref),
    verb: text,
    targets: fc.array(ref, { maxLength: 3 }),
    related: fc.array(ref, { maxLength: 3 }),
    level: fc.integer(),
    // Dates have `toJSON`, and JSON omits undefined.
    data: fc.dictionary(key, fc.oneof(json, date, fc.constant(undefined)), { maxKeys: 4 }),
    timestamp: text,
    updatedAt: text,
    count: fc.double(),
    text,
    undeclared: optional,
  }),
  unread: fc.boolean(),
  seen: fc.boolean(),
  at: text,
  undeclared: optional,
}) as unknown as fc.Arbitrary<FeedItem>;

describe('the items of one action', () => {
  it('are encoded as each would be alone', () => {
    const ids = fc.array(text, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(item, text, ids, (first, position, others) => {
        const encoder = new ItemEncoder({ item: first, position });
        for (const id of [first.id, ...others]) {
          const { packet, frame } = encoder.encode(id);
          expect([packet]).toEqual(socketIo('feed:item', { item: { ...first, id }, position }));
          expect(frame).toEqual(webSocketFrame(`4${packet}`));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('an event', () => {
  it('is encoded as Socket.IO does', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), text, (ids, position) => {
        const { packet, frame } = encodeEvent('feed:removed', { ids, position });
        expect([packet]).toEqual(socketIo('feed:removed', { ids, position }));
        expect(frame).toEqual(webSocketFrame(`4${packet}`));
      }),
    );
  });

  it.each([125, 126, 65_535, 65_536, 200_000])('is framed as `ws` does at %i bytes', (length) => {
    const empty = `4${encodeEvent('feed:removed', { ids: [''], position: '1' }).packet}`;
    const ids = ['x'.repeat(length - empty.length)];
    const { packet, frame } = encodeEvent('feed:removed', { ids, position: '1' });
    expect(Buffer.byteLength(`4${packet}`)).toBe(length);
    expect(frame).toEqual(webSocketFrame(`4${packet}`));
  });
});

describe('a connection', () => {
  const event = encodeEvent('feed:stale', {});
  const send = (readyState: string, webSocket: object | null) => {
    const written: Array<{ packet: string; frames?: Buffer[] }> = [];
    const conn = {
      readyState,
      transport: { socket: webSocket },
      write: (packet: string, { wsPreEncodedFrame: frames }: { wsPreEncodedFrame?: Buffer[] }) =>
        written.push({ packet, ...(frames && { frames }) }),
    };
    sendEncoded({ conn } as unknown as HubSocket, event);
    return written;
  };
  const webSocket = (readyState: number) =>
    Object.create(ws.WebSocket.prototype, { readyState: { value: readyState } }) as object;

  it('over a WebSocket gets the frame', () => {
    expect(send('open', webSocket(ws.WebSocket.OPEN))).toEqual([
      { packet: event.packet, frames: [event.frame] },
    ]);
  });

  it('over polling, or whose WebSocket accepts no frames any more, gets the packet', () => {
    expect(send('open', null)).toEqual([{ packet: event.packet }]);
    expect(send('open', webSocket(ws.WebSocket.CLOSING))).toEqual([{ packet: event.packet }]);
  });

  it('that is closing gets nothing', () => {
    expect(send('closing', webSocket(ws.WebSocket.OPEN))).toEqual([]);
  });
});
