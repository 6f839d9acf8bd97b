/** The hub as the benchmark sees it: over HTTP and sockets, as any program would. */
import { SignJWT } from 'jose';
import { io, type Socket } from 'socket.io-client';
import type { ActionInput, LogAnswer } from '../protocol/entities.ts';

/** A request that waits is answered after this long in any case; then it is repeated. */
const WAIT_LIMIT_MS = 30_000;
const CONNECT_MS = 10_000;

export class HubClient {
  readonly url: string;
  readonly #secret: Uint8Array;
  readonly #space: string;
  #service: Promise<string> | null = null;

  constructor(url: string, secret: string, space = 'default') {
    this.url = url;
    this.#secret = new TextEncoder().encode(secret);
    this.#space = space;
  }

  /** A token of an ordinary user who may name these objects. */
  token(user: string, ...objects: string[]): Promise<string> {
    return this.#sign({ sub: user, objects });
  }

  service(): Promise<string> {
    this.#service ??= this.#sign({ sub: 'bench', scope: 'service' });
    return this.#service;
  }

  /** One action, or a batch, as soon as it is accepted. */
  async log(actions: ActionInput | ActionInput[]): Promise<LogAnswer> {
    return (await this.post('/v1/actions', Array.isArray(actions) ? { actions } : actions)).body as LogAnswer;
  }

  /** As `log`, but answers when feeds are up to date; `key` makes the repeats while waiting the same batch. */
  async logAndWait(actions: ActionInput | ActionInput[], key: string): Promise<LogAnswer> {
    const body = Array.isArray(actions) ? { actions } : actions;
    for (;;) {
      const answer = await this.post('/v1/actions?wait=1', body, { 'idempotency-key': key });
      if (answer.status === 200) return answer.body as LogAnswer;
    }
  }

  async post(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(this.url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await this.service()}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(WAIT_LIMIT_MS * 2),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`POST ${path} was refused with ${answer.status}: ${text}`);
    return { status: answer.status, body: JSON.parse(text) };
  }

  #sign({ sub, ...claims }: { sub: string; objects?: string[]; scope?: string }): Promise<string> {
    return new SignJWT({ ...claims, space: this.#space })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(sub)
      .setExpirationTime('6h')
      .sign(this.#secret);
  }
}

/** An object's trackers, created over HTTP. */
export async function trackAs(hub: HubClient, user: string, object: string): Promise<void> {
  await hub.post(`/v1/users/${user}/track`, { to: object, actorOnly: false });
}

/** A connected socket. No reconnection: a connection lost in a measurement is an error, not a delay. */
export async function connect(url: string, auth: Record<string, string>, address?: string): Promise<Socket> {
  const socket = io(url, {
    auth,
    // As a proxy would name the client: the gateway has to trust one (HUBBUB_TRUST_PROXY).
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
