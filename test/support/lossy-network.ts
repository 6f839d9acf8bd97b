import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the proxy does with a call: refuse it, redirect it, lose its response, or pass it through. */
export type RequestOutcome =
  | 'limited'
  | 'overloaded'
  | 'away'
  | 'strange'
  | 'elsewhere'
  | 'lost'
  | 'cut'
  | 'through';

/** A proxy to a hub. Applies `outcomes` to the next calls, and records their idempotency keys. */
export class LossyNetwork {
  readonly outcomes: RequestOutcome[] = [];
  readonly keys: unknown[] = [];
  /** The `Retry-After` header of `limited` and `overloaded`. */
  retryAfter = '1';
  readonly #server: Server;

  private constructor(hub: string) {
    this.#server = createServer(async (request, response) => {
      const outcome = this.outcomes.shift() ?? 'through';
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      this.keys.push(request.headers['idempotency-key'] ?? JSON.parse(body.toString() || '{}').key);
      if (outcome === 'cut') return request.socket.destroy();
      if (outcome === 'strange')
        return response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>no</h1>');
      if (outcome === 'elsewhere') return response.writeHead(301, { location: `${hub}${request.url}` }).end();
      if (outcome === 'limited' || outcome === 'overloaded') {
        const [status, code] = outcome === 'limited' ? [429, 'rate_limited'] : [503, 'overloaded'];
        const problem = { code, detail: outcome, status, retryable: true };
        const type = 'application/problem+json; charset=utf-8';
        response.writeHead(status, { 'content-type': type, 'retry-after': this.retryAfter });
        return response.end(JSON.stringify(problem));
      }
      if (outcome === 'away') {
        const problem = { code: 'unavailable', detail: 'away', status: 503, retryable: true };
        response.writeHead(503, { 'content-type': 'application/problem+json; charset=utf-8' });
        return response.end(JSON.stringify(problem));
      }
      const headers = Object.entries(request.headers).filter(
        ([name]) => !['host', 'connection'].includes(name),
      );
      const reply = await fetch(hub + request.url, {
        method: request.method,
        headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
        body,
      });
      const text = await reply.text();
      if (outcome === 'lost') return request.socket.destroy();
      response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? '' }).end(text);
    });
  }

  static async open(hub: string, ...outcomes: RequestOutcome[]): Promise<LossyNetwork> {
    const network = new LossyNetwork(hub);
    network.outcomes.push(...outcomes);
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
