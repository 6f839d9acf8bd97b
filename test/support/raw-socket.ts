import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { until } from './until.ts';

/** A TCP connection to the gateway at `url`, for invalid input. Closes when the test ends. */
export async function rawConnection(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** An Engine.IO session over a WebSocket, with raw packets. Closes when the test ends. */
export class RawSession {
  readonly webSocket: WebSocket;
  readonly packets: string[] = [];
  /** The HTTP status, if the upgrade was refused. */
  status: number | null = null;
  isClosed = false;

  private constructor(url: string) {
    this.webSocket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    this.webSocket.on('error', () => undefined);
    this.webSocket.on('close', () => {
      this.isClosed = true;
    });
    this.webSocket.on('unexpected-response', (_request, response) => {
      this.status = response.statusCode ?? null;
      this.isClosed = true;
      response.destroy();
    });
    this.webSocket.on('message', (data) => {
      const packet = String(data);
      if (packet === '2') this.webSocket.send('3');
      else this.packets.push(packet);
    });
  }

  /** Resolves when the session is open or refused. */
  static async open(url: string): Promise<RawSession> {
    const session = new RawSession(url);
    onTestFinished(() => session.webSocket.terminate());
    await until(() => session.isClosed || session.packets.length > 0, 'the session is open or refused');
    return session;
  }

  send(packet: string | Buffer): void {
    this.webSocket.send(packet, () => undefined);
  }

  /** The first packet with this prefix. */
  waitForPacket(prefix: string): Promise<string> {
    return until(() => this.packets.find((packet) => packet.startsWith(prefix)), `a packet ${prefix}`);
  }

  closed(deadlineMs?: number): Promise<unknown> {
    return until(() => this.isClosed, 'the session is closed', deadlineMs);
  }
}
