export interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

/** A client of the HTTP API that says what came back and judges nothing. */
export class Api {
  readonly #url: string;
  readonly #token: string | null;

  constructor(url: string, token: string | null) {
    this.#url = url;
    this.#token = token;
  }

  get<T>(path: string): Promise<Answer<T>> {
    return this.send('GET', path);
  }

  post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.send('POST', path, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }

  /** `body` as it is, to send what no client would. */
  async send<T>(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.#url + path, {
      method,
      body,
      headers: { ...(this.#token !== null && { authorization: `Bearer ${this.#token}` }), ...headers },
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === '' ? null : JSON.parse(text)) as T,
      headers: response.headers,
    };
  }
}
