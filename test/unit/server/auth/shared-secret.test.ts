/** The synchronous verification accepts a token only if `jose` does, and every ordinary token that `jose` accepts. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { errors, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { SharedSecret } from '../../../../server/auth/shared-secret.ts';

const SECRET = 'a secret that is long enough for HS256';
const expected = { requiredClaims: ['sub', 'exp'], issuer: 'https://id.example.com', audience: 'hub' };
const now = Math.floor(Date.now() / 1_000);

const encode = (text: string | Buffer): string => Buffer.from(text).toString('base64url');
const sign = (signed: string, secret = SECRET): string =>
  `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
const tokenOf = (header: unknown, payload: unknown, secret?: string): string =>
  sign(`${encode(JSON.stringify(header))}.${encode(JSON.stringify(payload))}`, secret);

const header = { alg: 'HS256', typ: 'JWT' };
const claims = { sub: 'ada', exp: now + 600, iss: expected.issuer, aud: expected.audience };

async function joseClaims(token: string, options: typeof expected | object = expected): Promise<unknown> {
  try {
    const key = new TextEncoder().encode(SECRET);
    return (await jwtVerify(token, key, { ...options, algorithms: ['HS256'] })).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}

describe('a token of the shared secret', () => {
  test.each<[string, string]>([
    ['with all claims', tokenOf(header, { ...claims, name: 'Ada Ωλ', iat: now - 5, nbf: now - 5 })],
    ['with a list of audiences', tokenOf(header, { ...claims, aud: ['other', 'hub'] })],
    ['with an unknown header', tokenOf({ ...header, kid: '1' }, claims)],
    ['with a fraction of a second', tokenOf(header, { ...claims, exp: now + 600.5 })],
  ])('is accepted %s', async (_, token) => {
    const verified = new SharedSecret(SECRET, expected).verify(token);
    expect(verified).not.toBeNull();
    expect(verified).toEqual(await joseClaims(token));
  });

  const good = tokenOf(header, claims);
  const [head = '', body = '', signature = ''] = good.split('.');
  test.each<[string, string]>([
    ['of another secret', tokenOf(header, claims, 'another secret, also long enough')],
    ['without signature', `${head}.${body}.`],
    ['with a shorter signature', good.slice(0, -1)],
    ['with a longer signature', `${good}A`],
    ['with another payload', `${head}.${encode(JSON.stringify({ ...claims, sub: 'bob' }))}.${signature}`],
    ['with four parts', `${good}.x`],
    ['with two parts', `${head}.${body}`],
    ['with alg none', tokenOf({ alg: 'none' }, claims)],
    ['with alg HS512', tokenOf({ alg: 'HS512' }, claims)],
    ['without alg', tokenOf({}, claims)],
    ['with a critical extension', tokenOf({ ...header, crit: ['x'], x: 1 }, claims)],
    ['with an unencoded payload', tokenOf({ ...header, crit: ['b64'], b64: false }, claims)],
    ['with a header that is a list', tokenOf([header], claims)],
    ['with a header that is null', tokenOf(null, claims)],
    ['with a payload that is a list', tokenOf(header, [claims])],
    ['with a payload that is no JSON', sign(`${head}.${encode('{')}`)],
    ['with a payload that is no UTF-8', sign(`${head}.${encode(Buffer.from('{"sub":"\xff"}', 'latin1'))}`)],
    ['without sub', tokenOf(header, { ...claims, sub: undefined })],
    ['without exp', tokenOf(header, { ...claims, exp: undefined })],
    ['that expires now', tokenOf(header, { ...claims, exp: now - 1 })],
    ['with an exp that is text', tokenOf(header, { ...claims, exp: String(now + 600) })],
    ['with an exp that is null', tokenOf(header, { ...claims, exp: null })],
    ['with an nbf in the future', tokenOf(header, { ...claims, nbf: now + 600 })],
    ['with an nbf that is text', tokenOf(header, { ...claims, nbf: '1' })],
    ['with an iat that is text', tokenOf(header, { ...claims, iat: '1' })],
    ['of another issuer', tokenOf(header, { ...claims, iss: 'https://other.example.com' })],
    ['of no issuer', tokenOf(header, { ...claims, iss: undefined })],
    ['for another audience', tokenOf(header, { ...claims, aud: ['other'] })],
    ['for a part of the audience', tokenOf(header, { ...claims, aud: 'hub-2' })],
    ['for no audience', tokenOf(header, { ...claims, aud: undefined })],
  ])('is not accepted %s', async (_, token) => {
    expect(new SharedSecret(SECRET, expected).verify(token)).toBeNull();
    expect(await joseClaims(token)).toBeNull();
  });
});

test('a token that only a lenient parser accepts is left to `jose`', async () => {
  const head = encode(JSON.stringify(header));
  const marked = sign(`${head}.${encode(`\ufeff${JSON.stringify(claims)}`)}`);
  for (const token of [`${tokenOf(header, claims)}\n`, marked]) {
    expect(new SharedSecret(SECRET, expected).verify(token)).toBeNull();
    expect(await joseClaims(token)).toEqual(claims);
  }
});

test('whatever a token contains, both agree', async () => {
  const time = fc.constantFrom<unknown>(undefined, null, '1', 0, now - 600, now + 600, 1e300, [], {});
  const text = fc.constantFrom<unknown>(undefined, null, '', 'hub', expected.issuer, 1, ['hub'], ['x'], {});
  const payload = fc.oneof(
    { weight: 5, arbitrary: fc.record({ sub: text, exp: time, nbf: time, iat: time, iss: text, aud: text }) },
    {
      weight: 5,
      arbitrary: fc.record({
        sub: fc.string(),
        exp: fc.constant(now + 600),
        nbf: fc.constantFrom(undefined, now - 1),
        iss: fc.constant(expected.issuer),
        aud: fc.constantFrom<unknown>('hub', ['hub', 'x'], [], 'x'),
      }),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  const headers = fc.oneof(
    fc.constant<unknown>(header),
    fc.record({
      alg: fc.constantFrom<unknown>('HS256', 'HS384', 'none', undefined, null, ['HS256']),
      crit: fc.constantFrom<unknown>(undefined, [], ['x'], ['exp']),
      typ: fc.constantFrom<unknown>(undefined, 'JWT', 1),
    }),
  );
  const accepted = fc.asyncProperty(
    headers,
    payload,
    fc.constantFrom(expected, { requiredClaims: [] }),
    async (head, body, options) => {
      const token = tokenOf(head, body);
      expect(new SharedSecret(SECRET, options).verify(token)).toEqual(await joseClaims(token, options));
    },
  );
  await fc.assert(accepted, { numRuns: 500 });
});

test('a changed character makes no difference between both, except that it may be rejected', async () => {
  const token = tokenOf(header, claims);
  const characters = 'AQgw019-_=.+/ \n';
  const property = fc.asyncProperty(
    fc.nat(token.length - 1),
    fc.constantFrom(...characters),
    async (index, character) => {
      const changed = token.slice(0, index) + character + token.slice(index + 1);
      const verified = new SharedSecret(SECRET, expected).verify(changed);
      if (verified !== null) expect(verified).toEqual(await joseClaims(changed));
      if (changed !== token) expect(verified).toBeNull();
    },
  );
  await fc.assert(property, { numRuns: 500 });
});
