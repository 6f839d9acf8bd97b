import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A proxy between one page and the gateway, on its own port.
 *
 * - open: bytes pass in both directions
 * - held: bytes from the page pass, bytes from the hub wait; nothing is lost
 * - cut: connections are broken, and new ones are refused
 *
 * open ⇄ held; open | held → cut → open
 */
export class PageLink {
  readonly #server: Server;
  readonly #connections = new Set<{ page: Socket; hub: Socket }>();
  #state: 'open' | 'held' | 'cut' = 'open';
  /** The number of connections that the page established. */
  connections = 0;

  private constructor(port: number) {
    this.#server = createServer((page) => {
      if (this.#state === 'cut') return void page.resetAndDestroy();
      this.connections += 1;
      this.#connect(page, connect(port, '127.0.0.1'));
    });
  }

  /** `port` is the gateway's. The gateway may stop and start again. */
  static async to(port: number): Promise<PageLink> {
    const link = new PageLink(port);
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  holdResponses(): void {
    this.#state = 'held';
    for (const { hub } of this.#connections) hub.pause();
  }

  cut(): void {
    this.#state = 'cut';
    for (const { page, hub } of this.#connections) {
      page.destroy();
      hub.destroy();
    }
  }

  restore(): void {
    this.#state = 'open';
    for (const { hub } of this.#connections) hub.resume();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #connect(page: Socket, hub: Socket): void {
    const connection = { page, hub };
    this.#connections.add(connection);
    page.on('data', (bytes) => hub.write(bytes));
    hub.on('data', (bytes) => page.write(bytes));
    if (this.#state === 'held') hub.pause();
    const close = () => {
      this.#connections.delete(connection);
      page.destroy();
      hub.destroy();
    };
    for (const socket of [page, hub]) socket.on('error', close).on('close', close);
  }
}
