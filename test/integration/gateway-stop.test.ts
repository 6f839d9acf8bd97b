/** SIGTERM of a busy gateway: it responds to running calls, starts no new ones, disconnects its clients, and exits with 0. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LogAnswer } from '../../protocol/entities.ts';
import { HubProcesses } from '../support/processes.ts';
import { TestSocket } from '../support/socket.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

/** The promised time of a stop, plus a margin for a busy machine. */
const LIMIT_MS = 10_000;

let hub: HubProcesses;
beforeEach(async () => {
  hub = await HubProcesses.start({ gateways: 1, workers: 0 });
});
afterEach(() => hub.close());

interface Sent {
  status: number;
  connection: string | undefined;
  body: LogAnswer & { code?: string };
}

/** Sends calls one after another over a keep-alive connection, until the gateway is unreachable. */
class ActiveClient {
  readonly responses: Sent[] = [];
  /** The error of the last call, which got no response. */
  ended: NodeJS.ErrnoException | null = null;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async run(): Promise<void> {
    for (let count = 0; !this.ended; count += 1) {
      try {
        this.responses.push(await this.send(`/v1/actions`, { actor: 'user:ada', verb: 'did', count }));
      } catch (error) {
        this.ended = error as NodeJS.ErrnoException;
      }
    }
    this.#agent.destroy();
  }

  send(path: string, body: unknown): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
      const sent = request(this.#url + path, { method: 'POST', agent: this.#agent, headers });
      sent.on('error', reject);
      sent.on('response', async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        const text = Buffer.concat(chunks).toString();
        const { connection } = response.headers;
        resolve({ status: response.statusCode ?? 0, connection, body: JSON.parse(text) as Sent['body'] });
      });
      sent.end(JSON.stringify(body));
    });
  }
}

test('with active clients the gateway exits with 0 and responds to every call that was sent', {
  timeout: 120_000,
}, async () => {
  const [url = ''] = hub.urls;
  const [gateway] = hub.gateways;
  if (!gateway) throw new Error('there is no gateway');
  const token = await serviceToken();
  const clients = Array.from({ length: 20 }, () => new ActiveClient(url, token));
  const running = Promise.all(clients.map((client) => client.run()));
  const reasons: string[] = [];
  for (let count = 0; count < 30; count += 1) {
    const { raw } = await TestSocket.connect(url, await tokenFor(`user-${count}`));
    raw.on('disconnect', (reason) => reasons.push(reason));
  }
  const polling = await TestSocket.connect(url, await tokenFor('poll'), {}, {}, ['polling']);
  polling.raw.on('disconnect', (reason) => reasons.push(reason));
  // Without a worker it would wait for 30 s.
  const waiter = new ActiveClient(url, token);
  const waiting = waiter.send('/v1/actions?wait=1', { actor: 'user:bob', verb: 'waited' });
  const caller = await TestSocket.connect(url, token);
  const acknowledged = caller.request<LogAnswer>('log', { actor: 'user:cy', verb: 'waited' }, { wait: true });
  await until(() => clients.every(({ responses }) => responses.length > 5), 'all clients are busy');
  await after(500);

  const exited = once(gateway.child, 'exit');
  const startedAt = Date.now();
  gateway.child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  expect(Date.now() - startedAt).toBeLessThan(LIMIT_MS);

  await running;
  expect(await waiting).toMatchObject({
    status: 202,
    connection: 'close',
    body: { ids: [expect.any(String)] },
  });
  expect(await acknowledged).toMatchObject({ ok: true, data: { ids: [expect.any(String)] } });
  for (const { responses, ended } of clients) {
    // No call was interrupted: the failed one could not connect.
    expect(ended?.code).toBe('ECONNREFUSED');
    expect(responses.at(-1)?.connection).toBe('close');
    for (const { status, body } of responses) {
      if (status !== 202) expect([status, body.code]).toEqual([503, 'unavailable']);
    }
  }
  // After this reason Socket.IO clients reconnect automatically, but not after a disconnect by the server.
  expect(reasons).toEqual(Array(31).fill('transport close'));
});

test('with clients that neither read nor finish their requests the gateway exits with 0, too', {
  timeout: 120_000,
}, async () => {
  const [url = ''] = hub.urls;
  const [gateway] = hub.gateways;
  if (!gateway) throw new Error('there is no gateway');
  const stalled = await TestSocket.connect(url, await tokenFor('ada'));
  stalled.stall(true);
  const headers = {
    authorization: `Bearer ${await tokenFor('ada')}`,
    'content-type': 'application/json',
    'content-length': '1000',
  };
  const unfinished = request(`${url}/v1/actions`, { method: 'POST', headers });
  unfinished.on('error', () => undefined);
  unfinished.write('{"actor":');
  await once(unfinished, 'socket');
  await until(async () => (await fetch(`${url}/readyz`)).ok, 'the request has arrived');

  const exited = once(gateway.child, 'exit');
  gateway.child.kill('SIGTERM');
  await until(async () => (await exited)[0] === 0, 'it ends', LIMIT_MS);
  expect(await exited).toEqual([0, null]);
  stalled.close();
});
