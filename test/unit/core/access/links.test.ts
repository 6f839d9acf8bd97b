/** Links that users may set. Addresses are parsed as browsers parse them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithinOrigins } from '../../../../core/access/links.ts';

const origins = ['https://app.example.com', 'http://localhost:8080'];

describe('an allowed link', () => {
  it.each([
    '/issues/7',
    'issues/7',
    '#issue-7',
    '?issue=7',
    '../7',
    './a:b',
    '/a//evil.com',
    'größe',
    'https://app.example.com',
    'https://app.example.com/issues/7?a=b#c',
    'HTTPS://APP.EXAMPLE.COM:443/x',
    'http://localhost:8080/x',
  ])('may lead to %j', (address) => {
    expect(isWithinOrigins(address, origins)).toBe(true);
  });
});

describe('a forbidden link', () => {
  it.each([
    'https://evil.com',
    '//evil.com',
    '///evil.com',
    '/\\evil.com',
    '\\\\evil.com',
    '\\/evil.com',
    '/\t/evil.com',
    '/\n/evil.com',
    ' //evil.com',
    '\u0000//evil.com',
    'https:evil.com',
    'http:evil.com',
    'https:/evil.com',
    'https:\\\\evil.com',
    'ht\ntps://evil.com',
    'javascript:alert(1)',
    'java\tscript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'blob:https://app.example.com/1',
    'mailto:a@example.com',
    'file:///etc/passwd',
    'ftp://app.example.com',
    'https://app.example.com@evil.com',
    'https://ada:secret@app.example.com/',
    'https://app.example.com.evil.com',
    'https://app.example.com:8443',
    'http://app.example.com',
    'https://localhost:8080',
    '//app.example.com/x',
    '//one.invalid/x',
    'https://one.invalid/x',
    'http://two.invalid:1/x',
    'https://',
    'http://[',
  ])('would lead to %j', (address) => {
    expect(isWithinOrigins(address, origins)).toBe(false);
  });
});

it('an allowed address without an allowed origin stays on the origin of any page', () => {
  const bases = ['https://shop.example', 'http://10.0.0.1:99/a/b/', 'https://xn--bcher-kva.example/?q#f'];
  const text = fc.array(
    fc.constantFrom(
      ...['/', '\\', ':', '@', '..', '?', '#', '\t', '\n', ' ', 'http', 'https', 'evil.com', 'a', '[', '%2f'],
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(text, (parts) => {
      const address = parts.join('');
      if (!isWithinOrigins(address, [])) return;
      for (const base of bases) expect(new URL(address, base).origin).toBe(new URL(base).origin);
    }),
    { numRuns: 5_000 },
  );
});
