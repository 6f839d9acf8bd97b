/**
 * A Socket.IO client with raw packets over a WebSocket. It costs a fraction of `socket.io-client`, so that one process can hold
 * thousands. It does not reconnect.
 */
import { WebSocket } from 'ws';

const CONNECT_MS = 30_000;
const RESPONSE_MS = 60_000;

/** Packet types of Engine.IO, followed by those of Socket.IO. */
const PING = '2';
const PONG = '3';
const OPEN = '0';
const CONNECT = '40';
const CONNECT_ERROR = '44';
const EVENT = '42';
const ACK = '43';

export class RawClient {
  readonly #webSocket: WebSocket;
  readonly #pending = new Map<number, (response: unknown) => void>();
  #nextId = 0;
  /** Receives each event: its packet type and the JSON of its name and arguments. Not decoded, because that costs more. */
  onEvent: (packet: Buffer) => void = () => undefined;

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
  }

  /** Resolves when the handshake is accepted. `address`: as a proxy would report it. */
  static open(url: string, auth: Record<string, string>, address?: string): Promise<RawClient> {
    const webSocket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      headers: address === undefined ? {} : { 'x-forwarded-for': address },
    });
    const client = new RawClient(webSocket);
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        clearTimeout(timer);
        webSocket.on('error', () => undefined);
        webSocket.terminate();
        reject(new Error(`cannot connect: ${reason}`));
      };
      const timer = setTimeout(() => fail('no response in time'), CONNECT_MS);
      webSocket.once('error', (error) => fail(error.message));
      webSocket.once('close', (code) => fail(`closed with ${code}`));
      webSocket.on('message', (data: Buffer) => {
        if (data.toString('latin1', 0, EVENT.length) === EVENT) return client.onEvent(data);
        const packet = String(data);
        if (packet === PING) webSocket.send(PONG);
        else if (packet.startsWith(ACK)) client.#acknowledge(packet.slice(ACK.length));
        else if (packet.startsWith(CONNECT_ERROR)) fail(packet);
        else if (packet.startsWith(CONNECT)) {
          clearTimeout(timer);
          webSocket.removeAllListeners('close');
          webSocket.removeAllListeners('error');
          webSocket.on('error', () => undefined);
          resolve(client);
        } else if (packet.startsWith(OPEN)) webSocket.send(CONNECT + JSON.stringify(auth));
      });
    });
  }

  /** Sends an event and resolves with the acknowledgement. */
  call(event: string, payload: object): Promise<unknown> {
    this.#nextId += 1;
    const id = this.#nextId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new Error(`no response to ${event} in time`));
      }, RESPONSE_MS);
      this.#pending.set(id, (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      this.#webSocket.send(`${EVENT}${id}${JSON.stringify([event, payload])}`);
    });
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN;
  }

  /** Closes without waiting for the peer. */
  close(): void {
    this.#webSocket.terminate();
  }

  #acknowledge(text: string): void {
    const [, digits = '', body = '[]'] = /^(\d+)(.*)$/s.exec(text) ?? [];
    const id = Number(digits);
    const [response]: unknown[] = JSON.parse(body);
    this.#pending.get(id)?.(response);
    this.#pending.delete(id);
  }
}

const ITEM = `${EVENT}["feed:item"`;

/** Whether the packet is a `feed:item` that contains this text. */
export const isItemWith = (packet: Buffer, text: string): boolean =>
  packet.toString('latin1', 0, ITEM.length) === ITEM && packet.includes(text);

/** The name and the arguments of an event. */
export const eventOf = (packet: Buffer): unknown[] => JSON.parse(packet.toString('utf8', EVENT.length));
