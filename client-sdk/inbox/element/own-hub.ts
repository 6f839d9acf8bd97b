import { connect, type Hub, type Token } from '@hubbub/client';

/** How to connect. Frameworks set missing properties to `undefined`. */
export interface OwnHubSettings {
  url: string | null | undefined;
  token: Token | null | undefined;
  locale: string | undefined;
}

/** The hub that the element connects and closes, if the page gives it none. */
export class OwnHub {
  readonly #onClose: () => void;
  #hub: Hub | null = null;
  #settings: OwnHubSettings | null = null;
  #invalidUrl: string | undefined;

  /** `onClose` is called before the hub closes. */
  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  /** The hub for these settings, connected once; `null` if they are incomplete or invalid. */
  connect({ url = null, token = null, locale }: OwnHubSettings): Hub | null {
    if (url === null || token === null || token === '') return null;
    const before = this.#settings;
    if (this.#hub && before?.url === url && before.token === token && before.locale === locale)
      return this.#hub;
    this.close();
    try {
      this.#hub = connect(url, { token, locale });
      this.#settings = { url, token, locale };
    } catch (error) {
      // An invalid URL must not prevent rendering.
      if (this.#invalidUrl !== url) console.error('<hubbub-inbox> cannot connect:', error);
      this.#invalidUrl = url;
    }
    return this.#hub;
  }

  close(): void {
    const hub = this.#hub;
    if (!hub) return;
    this.#hub = null;
    this.#onClose();
    hub.close();
  }
}
