/**
 * Accepts only these Socket.IO packets: `CONNECT`, `DISCONNECT` and `EVENT` of the namespace `/`, as text. The decoder rejects
 * other packets before it parses them: it throws, and Socket.IO closes the connection.
 */
import { Decoder, Encoder, isPacketValid, PacketType } from 'socket.io-parser';
import { limits } from '../../protocol/limits.ts';
import { MAX_EAGER_PARSE, UnparsedEvent } from '../limits/payload-budget.ts';

/** Maximum characters of a `CONNECT` packet: more than the longest token, so that a longer token gets an error with a reason. */
const MAX_CONNECT = limits.token + 16_384;
/** Maximum of attachments of one packet, which are read and discarded. Socket.IO has the same limit. */
const MAX_ATTACHMENTS = 10;

/** `51-7[`: the number of attachments, and the id of the acknowledgement. */
const BINARY_HEADER = /^5(\d{1,2})-(\d{0,15})(?=\[)/;

/** `27[`: the id of the acknowledgement. */
const EVENT_HEADER = /^2(\d{0,15})(?=\[)/;

const ACCEPTED_TYPES = new Set<number>([PacketType.CONNECT, PacketType.DISCONNECT, PacketType.EVENT]);

class HubDecoder extends Decoder {
  /** Number of attachments still expected. Each is discarded on arrival. */
  #attachmentsLeft = 0;

  /** @throws Error if the packet is not accepted */
  override add(packet: unknown): void {
    if (typeof packet !== 'string') {
      if (this.#attachmentsLeft === 0) throw new Error('no attachment was expected');
      this.#attachmentsLeft -= 1;
      return;
    }
    if (this.#attachmentsLeft > 0) throw new Error('an attachment was expected');
    if (packet[1] === '/') throw new Error('there is no namespace but /');
    const type = Number(packet[0]);
    if (type === PacketType.BINARY_EVENT) this.#withoutAttachments(packet);
    else if (!ACCEPTED_TYPES.has(type)) throw new Error('clients do not send such packets');
    else if (type === PacketType.CONNECT && packet.length > MAX_CONNECT) {
      throw new Error('the handshake is too large');
    } else if (type === PacketType.EVENT) this.#event(packet);
    else super.add(packet);
  }

  /**
   * Defers parsing of a large event until memory is reserved for it. Rejects a packet without an array, which Socket.IO would
   * accept, taking the acknowledgement for the event's name.
   */
  #event(packet: string): void {
    const [header, id] = EVENT_HEADER.exec(packet) ?? [];
    if (header === undefined) throw new Error('the packet is malformed');
    if (packet.length <= MAX_EAGER_PARSE) super.add(packet);
    else {
      this.emitReserved('decoded', {
        type: PacketType.EVENT,
        nsp: '/',
        data: ['unparsed', new UnparsedEvent(packet.slice(header.length))],
        ...(id !== '' && { id: Number(id) }),
      });
    }
  }

  /** Emits the event with a symbol for each attachment. The schemas reject symbols with the path of the field. */
  #withoutAttachments(packet: string): void {
    const [header = '', attachments, id] = BINARY_HEADER.exec(packet) ?? [];
    const count = Number(attachments);
    if (!(count >= 1 && count <= MAX_ATTACHMENTS)) throw new Error('the binary packet is malformed');
    const json = packet.slice(header.length);
    if (json.length > MAX_EAGER_PARSE) throw new Error('the binary packet is too large');
    const data: unknown = JSON.parse(json, withoutAttachment);
    const event = { type: PacketType.EVENT, nsp: '/', data, ...(id !== '' && { id: Number(id) }) };
    if (!isPacketValid(event)) throw new Error('the binary packet is malformed');
    this.#attachmentsLeft = count;
    this.emitReserved('decoded', event);
  }
}

/** Stands for binary data. Unlike a buffer it isn't an object, so that no schema looks for fields in it. */
const ATTACHMENT = Symbol('binary attachment');

const withoutAttachment = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && '_placeholder' in value ? ATTACHMENT : value;

export const parser = { Encoder, Decoder: HubDecoder };
