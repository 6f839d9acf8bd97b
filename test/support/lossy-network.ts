import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a call on its way: refused there, sent elsewhere, or answered and the answer lost, or let through. */
export type Fate = 'limited' | 'overloaded' | 'away' | 'strange' | 'elsewhere' | 'lost' | 'cut' | 'through';

/** A way to a hub that treats each call as it is told, and remembers the idempotency keys it saw. */
export class LossyNetwork {
  readonly fates: Fate[] = [];
  readonly keys: unknown[] = [];
  /** Of `limited` and `overloaded`. */
  retryAfter = '1';
  readonly #server: Server;

  private constructor(hub: string) {
    this.#server = createServer(async (request, response) => {
      const fate = this.fates.shift() ?? 'through';
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      this.keys.push(request.headers['idempotency-key'] ?? JSON.parse(body.toString() || '{}').key);
      if (fate === 'cut') return request.socket.destroy();
      if (fate === 'strange')
        return response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>no</h1>');
      if (fate === 'elsewhere') return response.writeHead(301, { location: `${hub}${request.url}` }).end();
      if (fate === 'limited' || fate === 'overloaded') {
        const [status, code] = fate === 'limited' ? [429, 'rate_limited'] : [503, 'overloaded'];
        const problem = { code, detail: fate, status, retryable: true };
        const type = 'application/problem+json; charset=utf-8';
        response.writeHead(status, { 'content-type': type, 'retry-after': this.retryAfter });
        return response.end(JSON.stringify(problem));
      }
      if (fate === 'away') {
        const problem = { code: 'unavailable', detail: 'away', status: 503, retryable: true };
        response.writeHead(503, { 'content-type': 'application/problem+json; charset=utf-8' });
        return response.end(JSON.stringify(problem));
      }
      const headers = Object.entries(request.headers).filter(
        ([name]) => !['host', 'connection'].includes(name),
      );
      const answer = await fetch(hub + request.url, {
        method: request.method,
        headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
        body,
      });
      const text = await answer.text();
      if (fate === 'lost') return request.socket.destroy();
      response
        .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
        .end(text);
    });
  }

  static async open(hub: string, ...fates: Fate[]): Promise<LossyNetwork> {
    const network = new LossyNetwork(hub);
    network.fates.push(...fates);
    await new Promise<void>((resolve) => network.#server.listen(0, '127.0.0.1', resolve));
    return network;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
