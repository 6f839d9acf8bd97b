import { decodeJwt, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { ServiceToken, Signer } from '../../../client-sdk/node/src/tokens.ts';
import { TestTime } from '../../support/memory/time.ts';

const secret = 'a secret that only these tests know';
const key = new TextEncoder().encode(secret);

describe('a token', () => {
  const time = new TestTime();
  const now = time.now() / 1_000;

  it('contains the given claims, signed with the secret', async () => {
    const signer = new Signer({ secret, issuer: 'app', audience: 'hub', space: 'own' }, time.now);
    const options = {
      scope: ['feed', 'log'] as const,
      objects: ['project:p1', { type: 'issue' }, 'team:*'],
      verbs: ['opened'],
      name: 'Ada',
      picture: '/ada.png',
      expiresIn: 60,
    };
    const token = await signer.sign('ada', options);
    const { payload, protectedHeader } = await jwtVerify(token, key, { currentDate: new Date(time.now()) });
    expect(protectedHeader).toEqual({ alg: 'HS256' });
    expect(payload).toEqual({
      sub: 'ada',
      iss: 'app',
      aud: 'hub',
      space: 'own',
      scope: 'feed log',
      objects: options.objects,
      verbs: ['opened'],
      name: 'Ada',
      picture: '/ada.png',
      iat: now,
      exp: now + 60,
    });
    expect(decodeJwt(await signer.sign('ada', { space: 'other' })).space).toBe('other');
  });

  it('contains no other claims, and expires after an hour', async () => {
    expect(decodeJwt(await new Signer({ secret }, time.now).sign('ada', {}))).toEqual({
      sub: 'ada',
      iat: now,
      exp: now + 3_600,
    });
    const named = await new Signer({ secret }, time.now).sign('ada', { scope: 'log track' });
    expect(decodeJwt(named).scope).toBe('log track');
  });
});

describe("a backend's own token", () => {
  it('is refreshed before it expires, and when the clock was set back', async () => {
    const time = new TestTime();
    const token = new ServiceToken(new Signer({ secret }, time.now), 'service', time.now);
    const first = await token.get();
    expect(decodeJwt(first)).toMatchObject({ sub: 'service', scope: 'service' });
    time.advance(300_000);
    expect(await token.get()).toBe(first);
    time.advance(1_000);
    const second = await token.get();
    expect(second).not.toBe(first);
    expect((decodeJwt(first).exp ?? 0) * 1_000).toBeGreaterThan(time.now());
    time.advance(-3_600_000);
    expect(await token.get()).not.toBe(second);
  });
});

it.each(['', 'a', 's'.repeat(31), '€'.repeat(10)])(
  'a secret of less than 32 bytes signs nothing: %j',
  (short) => {
    expect(() => new Signer({ secret: short }, Date.now)).toThrow(/^secret must have at least 32 bytes/);
  },
);

it('the length of a secret counts in bytes, not characters', () => {
  expect(() => new Signer({ secret: '€'.repeat(11) }, Date.now)).not.toThrow();
});
