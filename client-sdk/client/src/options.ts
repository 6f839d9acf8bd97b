/**
 * A token, or a function that returns a fresh one. With a function the SDK refreshes the token automatically. It calls
 * the function on every connection, before the token expires, and again when the hub says that it expired or rejects
 * it. If the promise rejects, the SDK retries later. All tokens must belong to one user: to switch users, close the hub
 * and connect again.
 */
export type Token = string | (() => Promise<string>);

export interface ConnectOptions {
  token: Token;
  /** BCP 47, e.g. `"de"`: the language of the texts. Default: the hub's default. */
  locale?: string;
}
