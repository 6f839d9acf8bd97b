import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HubError } from '../../../../core/errors.ts';
import { asMillis } from '../../../../core/model/units.ts';
import { VerifiedTokens } from '../../../../server/auth/verified-tokens.ts';
import { principal } from '../../../support/memory/hub.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  // The cache treats a time of 0 as unset.
  vi.advanceTimersByTime(1);
});
afterEach(() => {
  vi.useRealTimers();
});

/** Accepts tokens of all users but `mallory`, with the given lifetime in milliseconds. */
function verifier(lifetimeMs: number) {
  const end = asMillis(Date.now() + lifetimeMs);
  const verified: string[] = [];
  const tokens = new VerifiedTokens({
    verify: async (token) => {
      verified.push(token);
      if (token === 'mallory') throw new HubError('unauthenticated', 'the token is not valid');
      if (Date.now() >= end) throw new HubError('unauthenticated', 'the token has expired');
      return { ...principal(token), expiresAt: end };
    },
  });
  return { tokens, verified };
}

test('a token is verified again only after ten seconds', async () => {
  const { tokens, verified } = verifier(3_600_000);
  for (let count = 0; count < 3; count += 1) expect(await tokens.verify('ada')).toMatchObject({ sub: 'ada' });
  expect(await tokens.verify('ben')).toMatchObject({ sub: 'ben' });
  expect(verified).toEqual(['ada', 'ben']);
  vi.advanceTimersByTime(10_001);
  await tokens.verify('ada');
  expect(verified).toEqual(['ada', 'ben', 'ada']);
});

test('a token is rejected from the moment it expires', async () => {
  const { tokens } = verifier(5_000);
  await tokens.verify('ada');
  vi.advanceTimersByTime(4_999);
  await tokens.verify('ada');
  vi.advanceTimersByTime(1);
  await expect(tokens.verify('ada')).rejects.toThrow('the token has expired');
});

test('a rejected token is verified each time', async () => {
  const { tokens, verified } = verifier(3_600_000);
  for (let count = 0; count < 2; count += 1) {
    await expect(tokens.verify('mallory')).rejects.toThrow('the token is not valid');
  }
  expect(verified).toEqual(['mallory', 'mallory']);
});

test('the cache is bounded: the least recently used tokens are verified again', async () => {
  const { tokens, verified } = verifier(3_600_000);
  const long = (n: number) => String(n).padStart(8_192, '0');
  for (let n = 0; n < 600; n += 1) await tokens.verify(long(n));
  await tokens.verify(long(599));
  expect(verified).toHaveLength(600);
  await tokens.verify(long(0));
  expect(verified).toHaveLength(601);
});

test('tokens that must be verified again are not kept', async () => {
  const { tokens } = verifier(3_600_000);
  for (const user of ['ada', 'ben']) await tokens.verify(user);
  vi.advanceTimersByTime(5_000);
  await tokens.verify('cleo');
  expect(tokens.size).toBe(3);
  vi.advanceTimersByTime(20_000);
  expect(tokens.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
