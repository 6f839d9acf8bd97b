import { Link } from '../../dev/link.ts';

/** Stands between the hub and a service, so that a test can take the service away from the hub alone. */
export class Outage {
  /** The service's address, by way of this. */
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

  /** Cuts all connections and refuses new ones, as the death of the service would, until it is back. */
  takeAway(): Promise<void> {
    return this.#link.set({ mode: 'cut' });
  }

  bringBack(): Promise<void> {
    return this.#link.set({ mode: 'open' });
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
