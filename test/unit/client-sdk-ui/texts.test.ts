import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../client-sdk/ui/sentence.ts';
import { ago } from '../../../client-sdk/ui/time.ts';
import type { Action, Ref } from '../../../protocol/entities.ts';
import { item } from '../client-sdk/factory.ts';

const action = (changes: Partial<Action>): Action => ({ ...item('a').action, ...changes });
const ref = (name: string): Ref => ({ type: 'thing', id: name.toLowerCase(), name });

describe('a sentence', () => {
  it('is cut where it names its objects', () => {
    const pieces = piecesOf(
      action({
        text: 'Ada closed Fix login in relation to Website',
        actor: ref('Ada'),
        targets: [ref('Fix login')],
        related: [ref('Website')],
      }),
    );
    expect(pieces.map(({ text, role }) => [text, role])).toEqual([
      ['Ada', 'actor'],
      [' closed ', undefined],
      ['Fix login', 'target'],
      [' in relation to ', undefined],
      ['Website', 'related'],
    ]);
  });

  it('stays whole whatever it names or leaves out', () => {
    const texts = ['', 'Something else', 'Ada, Ada and 2 others were moved', 'Website Ada'];
    for (const text of texts) {
      const pieces = piecesOf(
        action({ text, actor: ref('Ada'), targets: [ref('Ada'), ref('Gone')], related: [ref('Website')] }),
      );
      expect(pieces.map((piece) => piece.text).join('')).toBe(text);
    }
  });

  it('names an object without a name by its id', () => {
    const pieces = piecesOf(
      action({ text: 'ada closed p1', actor: null, targets: [{ type: 'x', id: 'p1' }] }),
    );
    expect(pieces.at(-1)).toMatchObject({ text: 'p1', role: 'target' });
  });
});

describe('time', () => {
  const now = Date.parse('2026-05-05T12:00:00Z');
  it.each([
    ['2026-05-05T12:00:30Z', 0, 'second'],
    ['2026-05-05T11:59:01Z', 0, 'second'],
    ['2026-05-05T11:59:00Z', -1, 'minute'],
    ['2026-05-05T11:00:01Z', -59, 'minute'],
    ['2026-05-05T09:30:00Z', -2, 'hour'],
    ['2026-05-04T11:00:00Z', -1, 'day'],
    ['2026-04-20T12:00:00Z', -2, 'week'],
    ['2020-05-05T12:00:00Z', -5, 'year'],
  ] as const)('of %s is %d %s', (time, amount, unit) => {
    const words = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });
    expect(ago(time, { now })).toBe(words.format(amount, unit));
  });
});
