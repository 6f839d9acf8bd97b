export interface ApiResponse<T> {
  status: number;
  body: T;
  headers: Headers;
}

/** A client of the HTTP API that returns every response as it is, also errors. */
export class Api {
  readonly #url: string;
  readonly #token: string | null;

  constructor(url: string, token: string | null) {
    this.#url = url;
    this.#token = token;
  }

  get<T>(path: string): Promise<ApiResponse<T>> {
    return this.send('GET', path);
  }

  post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<ApiResponse<T>> {
    return this.send('POST', path, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }

  put<T>(path: string, body: unknown): Promise<ApiResponse<T>> {
    return this.send('PUT', path, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  /** Sends `body` unchanged, to test invalid requests. */
  async send<T>(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<ApiResponse<T>> {
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
