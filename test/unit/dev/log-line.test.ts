/** How `npm start` prints a process's log. Parts of it come from users. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asMillis } from '../../../core/model/units.ts';
import { formatLine } from '../../../dev/log-line.ts';
import { PinoEventLog } from '../../../infra/event-log.ts';

/** An event's log line, as the process writes it and as `npm start` prints it. */
function printed(note: string, name = 'Seen'): string {
  const lines: string[] = [];
  const log = new PinoEventLog('info', { write: (line: string) => void lines.push(line) });
  const request = { method: 'POST', path: `/x${note}`, address: null, agent: note };
  log.record('default', { id: '1', user: note, name, timestamp: asMillis(0), note, related: null }, request);
  return formatLine((lines[0] ?? '').trimEnd());
}

const ESCAPE = '\u001b';

describe('a printed line', () => {
  it.each([
    ['a line end', 'seen\n[gateway] error: Redis is lost'],
    ['a carriage return', 'seen\r[gateway] error: Redis is lost'],
    ['a line separator', 'seen\u2028[gateway] error'],
    ['a paragraph separator', 'seen\u2029[gateway] error'],
    ['a next line', 'seen\u0085[gateway] error'],
    ['an ANSI escape', `${ESCAPE}[2J${ESCAPE}[31mred`],
    ['an escape of one character', '\u009b31mred'],
    ['a backspace', 'seen\b\b\b\b'],
    ['a direction', 'a\u202eb\u2066c\u200fd'],
    ['half a character', 'a\ud800b'],
  ])('shows %s without executing it', (_what, note) => {
    const line = printed(note, note);
    expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u);
    expect(line).toMatch(/\\(u\{?[0-9a-f]+|[nrb])/);
  });

  it('keeps other text unchanged', () => {
    expect(printed('Größe « 漢字 » 🎉')).toContain('note="Größe « 漢字 » 🎉"');
  });

  it('shows text with several words as one field', () => {
    expect(printed('x user=admin')).toContain('note="x user=admin"');
    expect(printed('"x" user=admin')).toContain(String.raw`note="\"x\" user=admin"`);
  });

  it('is a single line without escapes, whatever a process writes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string(), fc.string({ unit: 'binary' })),
        (msg, fields) => {
          for (const line of [msg, JSON.stringify({ level: 40, ...fields, msg })])
            expect(formatLine(line)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
        },
      ),
    );
  });

  it('has the level, the message and its fields', () => {
    const entry = { level: 40, time: 1, pid: 2, hostname: 'h', name: 'hubbub.gateway', msg: 'it failed' };
    const err = { type: 'Error', message: 'why', stack: 'Error: why\n    at x' };
    expect(formatLine(JSON.stringify({ ...entry, space: 'default', count: 2, err }))).toBe(
      'warning: it failed space=default count=2 err=why',
    );
  });
});
