/** Tokens signed by keys of a key set, and the required issuer and audience. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../protocol/errors.ts';
import { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { SECRET } from '../support/services.ts';
import { TestSocket } from '../support/socket.ts';
import { tokenFor } from '../support/tokens.ts';

/** Serves a key set, or any other response. */
class KeyServer {
  readonly #server: Server;
  answer: { status: number; body: string } = { status: 200, body: '{}' };

  constructor() {
    this.#server = createServer((_request, response) => {
      response.writeHead(this.answer.status, { 'content-type': 'application/json' }).end(this.answer.body);
    });
  }

  serve(keys: JWK[]): void {
    this.answer = { status: 200, body: JSON.stringify({ keys }) };
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys.json`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface Pair {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

const pairOf = async (kid: string, alg: string): Promise<Pair> => ({
  kid,
  alg,
  ...(await generateKeyPair(alg, { extractable: true })),
});

const sign = ({ kid, alg, privateKey }: Pair, claims: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT({ iss: 'https://id.test', aud: 'hubbub', ...claims })
    .setProtectedHeader({ alg, kid })
    .setSubject('ada')
    .setExpirationTime('10m')
    .sign(privateKey);

const statusOf = async (hub: TestHub, token: string) =>
  (await new Api(hub.url, token).get<Problem>('/v1/users/ada/feed')).status;

let server: KeyServer;
let rsa: Pair;
let curve: Pair;
let edwards: Pair;
let stranger: Pair;
let url: string;
let hub: TestHub;
beforeAll(async () => {
  [rsa, curve, edwards, stranger] = await Promise.all([
    pairOf('rsa', 'RS256'),
    pairOf('curve', 'ES256'),
    pairOf('edwards', 'EdDSA'),
    pairOf('rsa', 'RS256'),
  ]);
  server = new KeyServer();
  const pairs = [rsa, curve, edwards];
  server.serve(
    await Promise.all(
      pairs.map(async ({ publicKey, ...key }) => ({ ...(await exportJWK(publicKey)), kid: key.kid })),
    ),
  );
  url = await server.listen();
  hub = await TestHub.start({
    workers: 0,
    settings: {
      HUBBUB_JWKS_URL: url,
      HUBBUB_JWT_ISSUER: 'https://id.test',
      HUBBUB_JWT_AUDIENCE: 'hubbub',
    },
  });
});
afterAll(async () => {
  await hub.close();
  await server.close();
});

describe('with a key set', () => {
  test('tokens of each of its keys are accepted, over HTTP and sockets', async () => {
    for (const pair of [rsa, curve, edwards]) {
      const token = await sign(pair);
      expect(await statusOf(hub, token)).toBe(200);
      const socket = await TestSocket.connect(hub.url, token);
      expect(socket.raw.connected).toBe(true);
      socket.close();
    }
  });

  test('a token of a key that is not in the set is refused, also with a key id of the set', async () => {
    expect(await statusOf(hub, await sign({ ...stranger, kid: 'unknown' }))).toBe(401);
    expect(await statusOf(hub, await sign(stranger))).toBe(401);
  });

  test('a token signed by the text of a public key as if it were a secret is refused', async () => {
    const claims = { iss: 'https://id.test', aud: 'hubbub' };
    const texts = [await exportSPKI(rsa.publicKey), JSON.stringify(await exportJWK(rsa.publicKey))];
    for (const text of texts) expect(await statusOf(hub, await tokenFor('ada', claims, text))).toBe(401);
  });

  test('a token signed by the secret is accepted too', async () => {
    const claims = { iss: 'https://id.test', aud: 'hubbub' };
    expect(await statusOf(hub, await tokenFor('ada', claims, SECRET))).toBe(200);
  });
});

describe('issuer and audience', () => {
  test.each<[string, Record<string, unknown>, number]>([
    ['another issuer', { iss: 'https://other.test' }, 401],
    ['no issuer', { iss: undefined }, 401],
    ['another audience', { aud: 'other' }, 401],
    ['no audience', { aud: undefined }, 401],
    ['the audience among others', { aud: ['other', 'hubbub'] }, 200],
  ])('are checked in a token with %s', async (_what, claims, status) => {
    expect(await statusOf(hub, await sign(curve, claims))).toBe(status);
    const named = { iss: 'https://id.test', aud: 'hubbub', ...claims };
    expect(await statusOf(hub, await tokenFor('ada', named))).toBe(status);
  });
});

describe('an unavailable key set', () => {
  test.each<[string, { status: number; body: string }]>([
    ['an error', { status: 500, body: '{}' }],
    ['no JSON', { status: 200, body: 'keys' }],
    ['no keys', { status: 200, body: '{}' }],
  ])('because of %s makes token errors retryable', async (_what, reply) => {
    const broken = new KeyServer();
    broken.answer = reply;
    const other = await TestHub.start({ workers: 0, settings: { HUBBUB_JWKS_URL: await broken.listen() } });
    const token = await sign(rsa);
    expect(await statusOf(other, token)).toBe(503);
    await expect(TestSocket.connect(other.url, token)).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    });
    await broken.close();
    expect(await statusOf(other, token)).toBe(503);
    await other.close();
  });
});

test('with only a key set, no secret is accepted, not even an empty one', async () => {
  const other = await TestHub.start({
    workers: 0,
    settings: { HUBBUB_JWKS_URL: url, HUBBUB_JWT_SECRET: '' },
  }).catch((error: Error) => error.message);
  expect(other).toMatch('HUBBUB_JWT_SECRET');
});
