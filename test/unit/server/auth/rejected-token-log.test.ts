import { expect, it } from 'vitest';
import { createLogger } from '../../../../infra/log.ts';
import { RejectedTokenLog } from '../../../../server/auth/rejected-token-log.ts';
import { tokenFor } from '../../../support/tokens.ts';

function recordingLog() {
  const lines: string[] = [];
  const clock = { now: 0 };
  const destination = { write: (line: string) => void lines.push(line) };
  const log = new RejectedTokenLog(createLogger('gateway', 'info', destination), () => clock.now);
  return { log, lines, clock, parsed: () => lines.map((line) => JSON.parse(line)) };
}

it('the log contains the reason, the address and the claimed subject, but not the token', async () => {
  const { log, lines, parsed } = recordingLog();
  const token = await tokenFor('ada', { space: 'acme' });
  log.record({ token, reason: 'the token is not valid', address: '203.0.113.7' });
  expect(parsed()).toMatchObject([
    {
      msg: 'rejected token',
      level: 40,
      reason: 'the token is not valid',
      address: '203.0.113.7',
      unverified: { sub: 'ada', space: 'acme' },
    },
  ]);
  for (const part of token.split('.')) expect(lines.join()).not.toContain(part);
});

it('the log contains no claim of a malformed token, and truncates long claims', () => {
  const { log, lines, parsed } = recordingLog();
  const payload = Buffer.from(JSON.stringify({ sub: 'x'.repeat(5_000), space: { a: 1 } })).toString(
    'base64url',
  );
  for (const token of ['', 'secret-word', 'a.b.c', `e30.${payload}.`])
    log.record({ token, reason: 'no', address: '' });
  expect(parsed().map(({ unverified }) => unverified)).toEqual([
    null,
    null,
    null,
    { sub: 'x'.repeat(128), space: null },
  ]);
  expect(lines.join()).not.toContain('secret-word');
});

it('the log is limited to twenty lines a minute, and counts the omitted ones', () => {
  const { log, clock, parsed } = recordingLog();
  for (let n = 0; n < 1_000; n += 1) log.record({ token: '', reason: 'no', address: '' });
  expect(parsed()).toHaveLength(20);
  clock.now = 60_000;
  log.record({ token: '', reason: 'no', address: '' });
  log.record({ token: '', reason: 'no', address: '' });
  expect(
    parsed()
      .slice(20)
      .map(({ suppressed }) => suppressed),
  ).toEqual([980, undefined]);
});
