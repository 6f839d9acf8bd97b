import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../client-sdk/ui/sentence.ts';
import { agesIn, ago } from '../../../client-sdk/ui/time.ts';
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

describe('a name', () => {
  const cut = (changes: Partial<Action>) => piecesOf(action(changes)).map(({ text, ref }) => [text, ref?.id]);

  it('is not found inside of a word', () => {
    expect(cut({ text: 'Also Al', actor: null, targets: [ref('Al')] })).toEqual([
      ['Also ', undefined],
      ['Al', 'al'],
    ]);
  });

  it('may touch signs, and begin or end with them', () => {
    expect(
      cut({ text: 'Ada, (C++) and #12.', actor: ref('Ada'), targets: [ref('C++'), ref('#12')] }),
    ).toEqual([
      ['Ada', 'ada'],
      [', (', undefined],
      ['C++', 'c++'],
      [') and ', undefined],
      ['#12', '#12'],
      ['.', undefined],
    ]);
  });

  it('leads to its address where that is safe', () => {
    const links = piecesOf(
      action({
        text: 'Ada closed Fix',
        actor: { ...ref('Ada'), url: '/ada' },
        targets: [{ ...ref('Fix'), url: 'javascript:alert(1)' }],
      }),
    ).map(({ link }) => link);
    expect(links).toEqual(['/ada', undefined, undefined]);
  });

  it('of what was deleted is its description, and leads nowhere', () => {
    const gone = { ...ref('Fix login'), url: '/fix', deleted: true as const, serialization: null };
    const [, , piece] = piecesOf(
      action({
        text: 'Ada closed an old issue',
        actor: ref('Ada'),
        targets: [{ ...gone, description: 'an old issue' }],
      }),
    );
    expect(piece).toMatchObject({ text: 'an old issue', role: 'target', link: undefined });
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

  it.each([
    '2026-05-05T12:00:30.000Z',
    '2026-05-05T11:59:30.500Z',
    '2026-05-05T11:58:00.000Z',
    '2026-05-05T11:00:00.001Z',
    '2026-05-05T09:29:59.999Z',
    '2026-05-03T12:00:00.000Z',
    '2020-01-01T00:00:00.000Z',
  ])('of %s stays as it is until it is said to age', (time) => {
    const ages = agesIn(time, { now });
    const age = now - Date.parse(time);
    // Before its time it is now until it is a minute old.
    const changes = age < 0 ? now + ages - age : now + ages;
    expect(ago(time, { now: changes - 1 })).toBe(ago(time, { now }));
    expect(ago(time, { now: changes })).not.toBe(ago(time, { now }));
  });
});
