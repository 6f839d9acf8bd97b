/**
 * A token, or where to get a fresh one. With a function the SDK renews by itself: it is called at every
 * connection, and again when the hub says that the token ran out.
 */
export type Token = string | (() => Promise<string>);

export interface ConnectOptions {
  token: Token;
  /** BCP 47, e.g. `"de"`: the language of the texts. Default: the hub's. */
  locale?: string;
}
