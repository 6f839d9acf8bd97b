import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

/** An application server on its own port. */
export class Application {
  readonly url: string;
  readonly #close: () => void;

  private constructor(url: string, close: () => void) {
    this.url = url;
    this.#close = close;
  }

  static async serve(app: Express): Promise<Application> {
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new Application(`http://127.0.0.1:${port}`, () => {
      server.close();
      server.closeAllConnections();
    });
  }

  /** Does not follow redirects. */
  async visit(path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
    const response = await fetch(this.url + path, { headers, redirect: 'manual' });
    return { status: response.status, text: await response.text() };
  }

  /** Requests a page, and disconnects as soon as `left` resolves. */
  async abandon(path: string, headers: Record<string, string>, left: Promise<unknown>): Promise<void> {
    const visit = send(this.url + path, { headers });
    visit.on('error', () => undefined);
    visit.end();
    await left;
    visit.destroy();
  }

  close(): void {
    this.#close();
  }
}
