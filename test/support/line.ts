import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * One page's way to the hub: a port of its own, behind which lies the gateway's.
 *
 * - open: bytes go both ways
 * - held: what the page sends arrives, what the hub answers waits; nothing is lost
 * - cut: connections are broken and none can be made
 *
 * open ⇄ held; open | held → cut → open
 */
export class Line {
  readonly #server: Server;
  readonly #pairs = new Set<{ page: Socket; hub: Socket }>();
  #state: 'open' | 'held' | 'cut' = 'open';
  /** How many connections the page has made that went through. */
  connections = 0;

  private constructor(port: number) {
    this.#server = createServer((page) => {
      if (this.#state === 'cut') return void page.resetAndDestroy();
      this.connections += 1;
      this.#join(page, connect(port, '127.0.0.1'));
    });
  }

  /** To the gateway at `port`, which may come and go. */
  static async to(port: number): Promise<Line> {
    const line = new Line(port);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  hold(): void {
    this.#state = 'held';
    for (const { hub } of this.#pairs) hub.pause();
  }

  cut(): void {
    this.#state = 'cut';
    for (const { page, hub } of this.#pairs) {
      page.destroy();
      hub.destroy();
    }
  }

  mend(): void {
    this.#state = 'open';
    for (const { hub } of this.#pairs) hub.resume();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(page: Socket, hub: Socket): void {
    const pair = { page, hub };
    this.#pairs.add(pair);
    page.on('data', (bytes) => hub.write(bytes));
    hub.on('data', (bytes) => page.write(bytes));
    if (this.#state === 'held') hub.pause();
    const end = () => {
      this.#pairs.delete(pair);
      page.destroy();
      hub.destroy();
    };
    for (const socket of [page, hub]) socket.on('error', end).on('close', end);
  }
}
