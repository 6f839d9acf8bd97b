/**
 * The Socket.IO packets the hub takes: `CONNECT`, `DISCONNECT` and `EVENT` of the namespace `/`, as text. Anything else that a
 * peer can make grow is refused before it is parsed: the decoder throws, and Socket.IO closes the connection.
 */
import { Decoder, Encoder, isPacketValid, PacketType } from 'socket.io-parser';
import { limits } from '../../protocol/limits.ts';
import { PARSED_AT_ONCE, Unparsed } from '../payloads.ts';

/** Characters of a `CONNECT` packet: the longest token and more, so that a token that is too long is refused with the reason. */
const MAX_CONNECT = limits.token + 16_384;
/** Attachments of one packet that are read and discarded. Socket.IO has the same bound. */
const MAX_ATTACHMENTS = 10;

/** `51-7[`: the number of attachments, and the id of the acknowledgement. */
const BINARY_HEADER = /^5(\d{1,2})-(\d{0,15})(?=\[)/;

/** `27[`: the id of the acknowledgement. */
const EVENT_HEADER = /^2(\d{0,15})(?=\[)/;

const TAKEN = new Set<number>([PacketType.CONNECT, PacketType.DISCONNECT, PacketType.EVENT]);

class HubDecoder extends Decoder {
  /** Attachments that are still to come. They are discarded one by one, so nothing is held. */
  #discarding = 0;

  /** @throws Error where the packet is none of those above */
  override add(packet: unknown): void {
    if (typeof packet !== 'string') {
      if (this.#discarding === 0) throw new Error('no attachment was expected');
      this.#discarding -= 1;
      return;
    }
    if (this.#discarding > 0) throw new Error('an attachment was expected');
    if (packet[1] === '/') throw new Error('there is no namespace but /');
    const type = Number(packet[0]);
    if (type === PacketType.BINARY_EVENT) this.#withoutAttachments(packet);
    else if (!TAKEN.has(type)) throw new Error('clients do not send such packets');
    else if (type === PacketType.CONNECT && packet.length > MAX_CONNECT) {
      throw new Error('the handshake is too large');
    } else if (type === PacketType.EVENT) this.#event(packet);
    else super.add(packet);
  }

  /**
   * A large event is parsed when there is room for what it becomes. One without a name and arguments would pass the parser, and
   * its acknowledgement be taken for the name.
   */
  #event(packet: string): void {
    const [header, id] = EVENT_HEADER.exec(packet) ?? [];
    if (header === undefined) throw new Error('the packet is malformed');
    if (packet.length <= PARSED_AT_ONCE) super.add(packet);
    else {
      this.emitReserved('decoded', {
        type: PacketType.EVENT,
        nsp: '/',
        data: ['unparsed', new Unparsed(packet.slice(header.length))],
        ...(id !== '' && { id: Number(id) }),
      });
    }
  }

  /** An event with an empty buffer for each attachment: binary is not JSON, and the schemas say where it is. */
  #withoutAttachments(packet: string): void {
    const [header = '', attachments, id] = BINARY_HEADER.exec(packet) ?? [];
    const count = Number(attachments);
    if (!(count >= 1 && count <= MAX_ATTACHMENTS)) throw new Error('the binary packet is malformed');
    const json = packet.slice(header.length);
    if (json.length > PARSED_AT_ONCE) throw new Error('the binary packet is too large');
    const data: unknown = JSON.parse(json, emptyAttachment);
    const event = { type: PacketType.EVENT, nsp: '/', data, ...(id !== '' && { id: Number(id) }) };
    if (!isPacketValid(event)) throw new Error('the binary packet is malformed');
    this.#discarding = count;
    this.emitReserved('decoded', event);
  }
}

const emptyAttachment = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && '_placeholder' in value ? Buffer.alloc(0) : value;

export const parser = { Encoder, Decoder: HubDecoder };
