import { describe, expect, it } from 'vitest';
import { PayloadBudget, UnparsedEvent, weightOf } from '../../../../server/limits/payload-budget.ts';
import { principal, service } from '../../../support/memory/hub.ts';

const MIB = 1_048_576;
const take = (payloads: PayloadBudget, user: string, bytes: number) =>
  payloads.reserve(principal(user), bytes);

describe('payloads in progress', () => {
  it('of one user are limited, until one of them ends', () => {
    const payloads = new PayloadBudget();
    const done = Array.from({ length: 15 }, () => take(payloads, 'ada', MIB));
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

  it('of all users are limited, and every user may still make a small call', () => {
    const payloads = new PayloadBudget();
    for (let index = 0; index < 47; index += 1) take(payloads, `user-${index}`, MIB);
    expect(() => take(payloads, 'ada', MIB)).toThrow(expect.objectContaining({ code: 'overloaded' }));
    expect(() => payloads.reserve(service, MIB)).toThrow(expect.objectContaining({ code: 'overloaded' }));
    take(payloads, 'ada', 1_000);
  });

  it('of a backend are limited only together with all others', () => {
    const payloads = new PayloadBudget();
    for (let count = 0; count < 10; count += 1) payloads.reserve(service, MIB);
    expect(payloads.isBusy(service)).toBe(false);
  });

  it('include calls without a payload', () => {
    const payloads = new PayloadBudget();
    for (let count = 0; count < 10_000; count += 1) take(payloads, 'ada', 0);
    expect(() => {
      for (let count = 0; count < 10_000; count += 1) take(payloads, 'ada', 0);
    }).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  });
});

describe('the parts of a payload', () => {
  const weigh = (json: string) => weightOf(Buffer.from(json));
  const list = (part: string, bytes: number) =>
    `[${`${part},`.repeat(bytes / (part.length + 1) - 1)}${part}]`;

  it.each<[string, string]>([
    ['objects', `[${'{},'.repeat(300_000)}{}]`],
    ['lists', `${'['.repeat(300_000)}${']'.repeat(300_000)}`],
    ['fields', `{${'"":0,'.repeat(300_000)}"":0}`],
  ])('are limited: %s', (_what, json) => {
    expect(() => weigh(json)).toThrow(
      expect.objectContaining({ code: 'invalid_input', fields: [{ path: '', message: expect.any(String) }] }),
    );
  });

  it.each<[string, string]>([
    ['the smallest refs', '{"type":"a","id":"1"}'],
    ['points', '[1,2]'],
    ['small objects', '{"a":1}'],
  ])('are not too many in the largest payload: %s', (_what, part) => {
    const json = list(part, MIB - 2);
    const weight = weigh(json);
    expect(weight).toBeGreaterThan(json.length);
    expect(() => take(new PayloadBudget(), 'ada', weight)).not.toThrow();
  });

  it.each<[string, string]>([
    ['text that looks like them', JSON.stringify('[{:'.repeat(100_000))],
    ['text with quotes and backslashes', JSON.stringify('\\"[{'.repeat(100_000))],
  ])('are not %s', (_what, json) => {
    expect(weigh(json)).toBe(json.length);
  });
});

it('an event as text is parsed into its arguments, or refused as invalid JSON', () => {
  expect(new UnparsedEvent('["log",{"a":1}]').parse()).toEqual(['log', { a: 1 }]);
  for (const json of ['["log"', '{"log":1}', '']) {
    expect(() => new UnparsedEvent(json).parse()).toThrow(expect.objectContaining({ code: 'invalid_json' }));
  }
});
