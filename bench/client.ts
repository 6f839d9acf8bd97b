/** A client of the hub over HTTP and sockets. */
import { SignJWT } from 'jose';
import { io, type Socket } from 'socket.io-client';
import type { ActionInput, LogAnswer } from '../protocol/entities.ts';

/** The longest time of a request with `wait`; then it is repeated. */
const WAIT_LIMIT_MS = 30_000;
const CONNECT_MS = 10_000;

export class HubClient {
  readonly url: string;
  readonly #secret: Uint8Array;
  readonly #space: string;
  readonly #serviceTokens = new Map<string, Promise<string>>();

  constructor(url: string, secret: string, space = 'default') {
    this.url = url;
    this.#secret = new TextEncoder().encode(secret);
    this.#space = space;
  }

  /** A user token with access to these objects. */
  token(user: string, ...objects: string[]): Promise<string> {
    return this.#sign({ sub: user, objects });
  }

  /** A token with the service scope. The subject matters where the hub limits the connections of one. */
  serviceToken(sub = 'bench'): Promise<string> {
    const known = this.#serviceTokens.get(sub);
    if (known !== undefined) return known;
    const token = this.#sign({ sub, scope: 'service' });
    this.#serviceTokens.set(sub, token);
    return token;
  }

  /** Logs an action or a batch. Resolves when it is accepted. */
  async log(actions: ActionInput | ActionInput[]): Promise<LogAnswer> {
    return (await this.post('/v1/actions', Array.isArray(actions) ? { actions } : actions)).body as LogAnswer;
  }

  /** Like `log`, but resolves when feeds are up to date. `key` makes repeated requests the same batch. */
  async logAndWait(actions: ActionInput | ActionInput[], key: string): Promise<LogAnswer> {
    const body = Array.isArray(actions) ? { actions } : actions;
    for (;;) {
      const response = await this.post('/v1/actions?wait=1', body, { 'idempotency-key': key });
      if (response.status === 200) return response.body as LogAnswer;
    }
  }

  async post(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await this.serviceToken()}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(WAIT_LIMIT_MS * 2),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path} was refused with ${response.status}: ${text}`);
    return { status: response.status, body: JSON.parse(text) };
  }

  /** Returns the body. Rejects unless the status is 200. */
  async get(path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${await this.serviceToken()}` };
    const response = await fetch(this.url + path, { headers, signal: AbortSignal.timeout(WAIT_LIMIT_MS) });
    if (response.status !== 200) throw new Error(`GET ${path} was rejected with ${response.status}`);
    return await response.json();
  }

  #sign({ sub, ...claims }: { sub: string; objects?: string[]; scope?: string }): Promise<string> {
    return new SignJWT({ ...claims, space: this.#space })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(sub)
      .setExpirationTime('6h')
      .sign(this.#secret);
  }
}

/** Creates a tracker of the object over HTTP. */
export async function trackAs(hub: HubClient, user: string, object: string): Promise<void> {
  await hub.post(`/v1/users/${user}/track`, { to: object, actorOnly: false });
}

/** Opens a socket without reconnection: a lost connection is an error, not a delay. */
export async function connect(url: string, auth: Record<string, string>, address?: string): Promise<Socket> {
  const socket = io(url, {
    auth,
    // Sets the client's address like a proxy. The gateway must trust one (HUBBUB_TRUST_PROXY).
    ...(address !== undefined && { extraHeaders: { 'x-forwarded-for': address } }),
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    timeout: CONNECT_MS,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  return socket;
}
