import { Link } from '../../dev/link.ts';

/** A proxy between the hub and a service, with which a test can make the service unavailable for the hub only. */
export class Outage {
  /** The service's address through this proxy. */
  readonly url: string;
  readonly #link: Link;

  private constructor(url: string, link: Link) {
    this.url = url;
    this.#link = link;
  }

  static async before(url: string): Promise<Outage> {
    const service = Number(new URL(url).port);
    const link = await Link.to(() => service);
    const proxied = new URL(url);
    proxied.hostname = '127.0.0.1';
    proxied.port = String(link.port);
    return new Outage(proxied.href, link);
  }

  /** Breaks all connections and refuses new ones, as if the service had crashed, until `end`. */
  start(): Promise<void> {
    return this.#link.set({ mode: 'cut' });
  }

  end(): Promise<void> {
    return this.#link.set({ mode: 'open' });
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
