import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between the hub and a service, so that a test can take the service away from the hub alone. */
export class Outage {
  /** The service's address, by way of this. */
  readonly url: string;
  readonly #port: number;
  readonly #server: Server;
  readonly #open: Set<Socket>;

  private constructor(url: string, port: number, server: Server, open: Set<Socket>) {
    this.url = url;
    this.#port = port;
    this.#server = server;
    this.#open = open;
  }

  static async before(url: string): Promise<Outage> {
    const target = new URL(url);
    const open = new Set<Socket>();
    const server = createServer((client) => {
      const service = connect(Number(target.port), target.hostname);
      client.pipe(service).pipe(client);
      join(client, service, open);
      join(service, client, open);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxied = new URL(url);
    proxied.hostname = '127.0.0.1';
    proxied.port = String(port);
    return new Outage(proxied.href, port, server, open);
  }

  /** Cuts all connections and refuses new ones, as the death of the service would, until it is back. */
  async takeAway(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const end of this.#open) end.destroy();
    await closed;
  }

  async bringBack(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.takeAway();
  }
}

/** When one end goes, so does the other. */
function join(end: Socket, other: Socket, open: Set<Socket>): void {
  open.add(end);
  end.on('error', () => end.destroy());
  end.on('close', () => {
    open.delete(end);
    other.destroy();
  });
}
