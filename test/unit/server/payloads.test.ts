import { describe, expect, it } from 'vitest';
import { checkParts, Payloads, Unparsed } from '../../../server/payloads.ts';
import { principal, service } from '../../support/memory/hub.ts';

const MIB = 1_048_576;
const take = (payloads: Payloads, user: string, bytes: number) => payloads.take(principal(user), bytes);

describe('payloads at work', () => {
  it('of one user are bounded, until one of them is done', () => {
    const payloads = new Payloads();
    const done = [take(payloads, 'ada', MIB), take(payloads, 'ada', MIB), take(payloads, 'ada', MIB)];
    expect(payloads.isBusy(principal('ada'))).toBe(true);
    expect(() => take(payloads, 'ada', MIB)).toThrow(
      expect.objectContaining({ code: 'rate_limited', retryAfterMs: 1_000 }),
    );
    done[0]?.();
    done[0]?.();
    take(payloads, 'ada', MIB);
    expect(() => take(payloads, 'ada', MIB)).toThrow();
    expect(payloads.isBusy(principal('bob'))).toBe(false);
  });

  it('of all users are bounded, and everybody may still make a small call', () => {
    const payloads = new Payloads();
    for (let index = 0; index < 23; index += 1) take(payloads, `user-${index}`, MIB);
    expect(() => take(payloads, 'ada', MIB)).toThrow(expect.objectContaining({ code: 'overloaded' }));
    expect(() => payloads.take(service, MIB)).toThrow(expect.objectContaining({ code: 'overloaded' }));
    take(payloads, 'ada', 1_000);
  });

  it('of a program are bounded among all only', () => {
    const payloads = new Payloads();
    for (let count = 0; count < 10; count += 1) payloads.take(service, MIB);
    expect(payloads.isBusy(service)).toBe(false);
  });

  it('count calls without a payload', () => {
    const payloads = new Payloads();
    for (let count = 0; count < 2_000; count += 1) take(payloads, 'ada', 0);
    expect(() => {
      for (let count = 0; count < 3_000; count += 1) take(payloads, 'ada', 0);
    }).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  });
});

describe('the parts of a payload', () => {
  const check = (json: string) => () => checkParts(Buffer.from(json));

  it.each<[string, string]>([
    ['objects', `[${'{},'.repeat(100_000)}{}]`],
    ['lists', `${'['.repeat(100_001)}${']'.repeat(100_001)}`],
    ['fields', JSON.stringify(Object.fromEntries(Array.from({ length: 100_001 }, (_, index) => [index, 0])))],
  ])('are bounded: %s', (_what, json) => {
    expect(check(json)).toThrow(
      expect.objectContaining({ code: 'invalid_input', fields: [{ path: '', message: expect.any(String) }] }),
    );
  });

  it.each<[string, string]>([
    ['text that looks like them', JSON.stringify('[{:'.repeat(100_000))],
    ['text with quotes and backslashes', JSON.stringify('\\"[{'.repeat(100_000))],
    ['numbers', `[${'1,'.repeat(400_000)}1]`],
  ])('are not %s', (_what, json) => {
    expect(check(json)).not.toThrow();
  });
});

it('an event as text gives its arguments, or says that it is no JSON', () => {
  expect(new Unparsed('["log",{"a":1}]').parse()).toEqual(['log', { a: 1 }]);
  for (const json of ['["log"', '{"log":1}', '']) {
    expect(() => new Unparsed(json).parse()).toThrow(expect.objectContaining({ code: 'invalid_json' }));
  }
});
