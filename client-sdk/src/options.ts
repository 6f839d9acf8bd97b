/**
 * A token, or where to get a fresh one. With a function the SDK renews by itself: it is called at every connection, before
 * the token runs out, and again when the hub says that it ran out or is refused. A promise that rejects is asked for again
 * later. Its tokens have to be one user's: for another user, close the hub and connect anew.
 */
export type Token = string | (() => Promise<string>);

export interface ConnectOptions {
  token: Token;
  /** BCP 47, e.g. `"de"`: the language of the texts. Default: the hub's. */
  locale?: string;
}
