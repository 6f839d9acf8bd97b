/** A Socket.IO client that sends raw packets, and reconnects after the gateway closed the connection. */
import { EventEmitter, once } from 'node:events';
import { WebSocket } from 'ws';
import { until } from '../until.ts';

export class RawClient {
  readonly #url: string;
  readonly #token: string;
  readonly #deadlineMs: number;
  #webSocket: WebSocket | null = null;
  #packets: string[] = [];
  /** Emits an event when a packet arrived or the connection closed. */
  readonly #activity = new EventEmitter();

  /** A response that takes longer than `deadlineMs` counts as a hang. */
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

  /** Opens a session if there is none. */
  async open(): Promise<void> {
    if (this.isOpen) return;
    const webSocket = new WebSocket(
      `${this.#url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
    );
    this.#webSocket = webSocket;
    this.#packets = [];
    webSocket.on('error', () => undefined);
    webSocket.on('close', () => this.#activity.emit('news'));
    webSocket.on('message', (data) => {
      const packet = String(data);
      if (packet === '2') webSocket.send('3', () => undefined);
      else this.#packets.push(packet);
      this.#activity.emit('news');
    });
    if ((await this.waitForPacket('0')) === null) throw new Error('the session was refused');
  }

  /** Opens an authenticated session. Retries, because a busy gateway closes sessions whose handshake waits too long. */
  async connect(): Promise<void> {
    if (this.isOpen) return;
    for (let attempts = 0; attempts < 5; attempts += 1) {
      await this.open();
      this.send(this.handshake);
      const response = await this.waitForPacket('40', '44');
      if (response?.startsWith('40')) return;
      if (response !== null) throw new Error(`the handshake was refused: ${response}`);
    }
    throw new Error('the handshake is not answered');
  }

  get handshake(): string {
    return `40{"token":"${this.#token}"}`;
  }

  send(packet: string | Buffer): void {
    this.#webSocket?.send(packet, () => undefined);
  }

  /** Returns the next packet with one of the prefixes; `null` if the connection closed first. @throws AbortError on timeout */
  async waitForPacket(...prefixes: string[]): Promise<string | null> {
    const signal = AbortSignal.timeout(this.#deadlineMs);
    for (;;) {
      const at = this.#packets.findIndex((packet) => prefixes.some((prefix) => packet.startsWith(prefix)));
      if (at >= 0) return this.#packets.splice(0, at + 1).at(-1) ?? null;
      if (!this.#webSocket || this.#webSocket.readyState >= WebSocket.CLOSING) return null;
      await once(this.#activity, 'news', { signal });
    }
  }

  async close(): Promise<void> {
    const webSocket = this.#webSocket;
    if (!webSocket) return;
    webSocket.terminate();
    await until(() => webSocket.readyState === WebSocket.CLOSED);
  }
}
