/** A client of Socket.IO that sends packets as they are, and connects anew where the gateway ends the connection. */
import { EventEmitter, once } from 'node:events';
import { WebSocket } from 'ws';
import { until } from '../until.ts';

export class RawClient {
  readonly #url: string;
  readonly #token: string;
  readonly #deadlineMs: number;
  #webSocket: WebSocket | null = null;
  #packets: string[] = [];
  /** Tells when something arrived, or the connection ended. */
  readonly #news = new EventEmitter();

  /** `deadlineMs`: everything is answered within it, or is a hang. */
  constructor(url: string, token: string, deadlineMs: number) {
    this.#url = url;
    this.#token = token;
    this.#deadlineMs = deadlineMs;
  }

  get webSocket(): WebSocket {
    if (!this.#webSocket) throw new Error('it is not connected');
    return this.#webSocket;
  }

  get isOpen(): boolean {
    return this.#webSocket?.readyState === WebSocket.OPEN;
  }

  /** Opens a session where there is none. */
  async open(): Promise<void> {
    if (this.isOpen) return;
    const webSocket = new WebSocket(
      `${this.#url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
    );
    this.#webSocket = webSocket;
    this.#packets = [];
    webSocket.on('error', () => undefined);
    webSocket.on('close', () => this.#news.emit('news'));
    webSocket.on('message', (data) => {
      const packet = String(data);
      if (packet === '2') webSocket.send('3', () => undefined);
      else this.#packets.push(packet);
      this.#news.emit('news');
    });
    if ((await this.answer('0')) === null) throw new Error('the session was refused');
  }

  /** A session whose token was checked. A gateway that is very busy ends sessions whose handshake it did not get to in time. */
  async connect(): Promise<void> {
    if (this.isOpen) return;
    for (let attempts = 0; attempts < 5; attempts += 1) {
      await this.open();
      this.send(this.handshake);
      const answer = await this.answer('40', '44');
      if (answer?.startsWith('40')) return;
      if (answer !== null) throw new Error(`the handshake was refused: ${answer}`);
    }
    throw new Error('the handshake is not answered');
  }

  get handshake(): string {
    return `40{"token":"${this.#token}"}`;
  }

  send(packet: string | Buffer): void {
    this.#webSocket?.send(packet, () => undefined);
  }

  /** The next packet that begins so; `null`: the connection ended before. @throws AbortError where nothing comes in time */
  async answer(...prefixes: string[]): Promise<string | null> {
    const signal = AbortSignal.timeout(this.#deadlineMs);
    for (;;) {
      const at = this.#packets.findIndex((packet) => prefixes.some((prefix) => packet.startsWith(prefix)));
      if (at >= 0) return this.#packets.splice(0, at + 1).at(-1) ?? null;
      if (!this.#webSocket || this.#webSocket.readyState >= WebSocket.CLOSING) return null;
      await once(this.#news, 'news', { signal });
    }
  }

  async close(): Promise<void> {
    const webSocket = this.#webSocket;
    if (!webSocket) return;
    webSocket.terminate();
    await until(() => webSocket.readyState === WebSocket.CLOSED);
  }
}
