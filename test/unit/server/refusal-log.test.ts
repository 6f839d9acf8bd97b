import { expect, it } from 'vitest';
import { createLogger } from '../../../infra/log.ts';
import { RefusalLog } from '../../../server/refusal-log.ts';
import { tokenFor } from '../../support/tokens.ts';

function recorded() {
  const lines: string[] = [];
  const clock = { now: 0 };
  const destination = { write: (line: string) => void lines.push(line) };
  const log = new RefusalLog(createLogger('gateway', 'info', destination), () => clock.now);
  return { log, lines, clock, parsed: () => lines.map((line) => JSON.parse(line)) };
}

it('says why, from where, and whom the token claims to be, but not the token', async () => {
  const { log, lines, parsed } = recorded();
  const token = await tokenFor('ada', { space: 'acme' });
  log.note({ token, reason: 'the token is not valid', address: '203.0.113.7' });
  expect(parsed()).toMatchObject([
    {
      msg: 'refused a token',
      level: 40,
      reason: 'the token is not valid',
      address: '203.0.113.7',
      unverified: { sub: 'ada', space: 'acme' },
    },
  ]);
  for (const part of token.split('.')) expect(lines.join()).not.toContain(part);
});

it('logs no claim of what is no JWT, and of a long one a part', () => {
  const { log, lines, parsed } = recorded();
  const payload = Buffer.from(JSON.stringify({ sub: 'x'.repeat(5_000), space: { a: 1 } })).toString(
    'base64url',
  );
  for (const token of ['', 'secret-word', 'a.b.c', `e30.${payload}.`])
    log.note({ token, reason: 'no', address: '' });
  expect(parsed().map(({ unverified }) => unverified)).toEqual([
    null,
    null,
    null,
    { sub: 'x'.repeat(128), space: null },
  ]);
  expect(lines.join()).not.toContain('secret-word');
});

it('writes at most twenty lines a minute, and says how many it left out', () => {
  const { log, clock, parsed } = recorded();
  for (let n = 0; n < 1_000; n += 1) log.note({ token: '', reason: 'no', address: '' });
  expect(parsed()).toHaveLength(20);
  clock.now = 60_000;
  log.note({ token: '', reason: 'no', address: '' });
  log.note({ token: '', reason: 'no', address: '' });
  expect(
    parsed()
      .slice(20)
      .map(({ suppressed }) => suppressed),
  ).toEqual([980, undefined]);
});
