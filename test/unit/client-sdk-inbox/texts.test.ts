import { describe, expect, it } from 'vitest';
import { splitSentence } from '../../../client-sdk/inbox/engine/sentence.ts';
import { formatRelative, msUntilChange } from '../../../client-sdk/inbox/engine/time.ts';
import type { Action, Ref } from '../../../protocol/entities.ts';
import { item } from '../client-sdk-client/factory.ts';

const action = (changes: Partial<Action>): Action => ({ ...item('a').action, ...changes });
const ref = (name: string): Ref => ({ type: 'thing', id: name.toLowerCase(), name });

describe('a sentence', () => {
  it('is split at the names of its objects', () => {
    const parts = splitSentence(
      action({
        text: 'Ada closed Fix login in Website',
        actor: ref('Ada'),
        targets: [ref('Fix login')],
        related: [ref('Website')],
      }),
    );
    expect(parts.map(({ text, role }) => [text, role])).toEqual([
      ['Ada', 'actor'],
      [' closed ', undefined],
      ['Fix login', 'target'],
      [' in ', undefined],
      ['Website', 'related'],
    ]);
  });

  it('stays complete whatever it names or omits', () => {
    const texts = ['', 'Something else', 'Ada, Ada and 2 others were moved', 'Website Ada'];
    for (const text of texts) {
      const parts = splitSentence(
        action({ text, actor: ref('Ada'), targets: [ref('Ada'), ref('Gone')], related: [ref('Website')] }),
      );
      expect(parts.map((part) => part.text).join('')).toBe(text);
    }
  });

  it('finds the names in the order of any language', () => {
    const parts = splitSentence(
      action({
        text: 'AdaがWebsiteでログインの修正を閉じました',
        actor: ref('Ada'),
        targets: [ref('ログインの修正')],
        related: [ref('Website')],
      }),
    );
    expect(parts.map(({ text, role }) => [text, role])).toEqual([
      ['Ada', 'actor'],
      ['が', undefined],
      ['Website', 'related'],
      ['で', undefined],
      ['ログインの修正', 'target'],
      ['を閉じました', undefined],
    ]);
  });

  it('names an object without a name by its type and id, and a user by the id', () => {
    const parts = splitSentence(
      action({
        text: 'ada assigned issue 7 to bob',
        actor: { type: 'user', id: 'ada' },
        targets: [{ type: 'issue', id: '7' }],
        related: [{ type: 'member', id: 'bob' }],
      }),
    );
    expect(parts.filter(({ role }) => role).map(({ text }) => text)).toEqual(['ada', 'issue 7', 'bob']);
  });

  it('finds an id where the text has no type', () => {
    const parts = splitSentence(
      action({ text: 'ada closed p1', actor: null, targets: [{ type: 'x', id: 'p1' }] }),
    );
    expect(parts.at(-1)).toMatchObject({ text: 'p1', role: 'target' });
  });
});

describe('a name', () => {
  const partsOf = (changes: Partial<Action>) =>
    splitSentence(action(changes)).map(({ text, ref }) => [text, ref?.id]);

  it('is not found inside a word', () => {
    expect(partsOf({ text: 'Also Al', actor: null, targets: [ref('Al')] })).toEqual([
      ['Also ', undefined],
      ['Al', 'al'],
    ]);
  });

  it('may be next to punctuation, and begin or end with it', () => {
    expect(
      partsOf({ text: 'Ada, (C++) and #12.', actor: ref('Ada'), targets: [ref('C++'), ref('#12')] }),
    ).toEqual([
      ['Ada', 'ada'],
      [', (', undefined],
      ['C++', 'c++'],
      [') and ', undefined],
      ['#12', '#12'],
      ['.', undefined],
    ]);
  });

  it('links to its address if that is safe', () => {
    const links = splitSentence(
      action({
        text: 'Ada closed Fix',
        actor: { ...ref('Ada'), url: '/ada' },
        targets: [{ ...ref('Fix'), url: 'javascript:alert(1)' }],
      }),
    ).map(({ link }) => link);
    expect(links).toEqual(['/ada', undefined, undefined]);
  });

  it('of a deleted object is its description, without a link', () => {
    const deletedRef = { ...ref('Fix login'), url: '/fix', deleted: true as const, serialization: null };
    const [, , part] = splitSentence(
      action({
        text: 'Ada closed an old issue',
        actor: ref('Ada'),
        targets: [{ ...deletedRef, description: 'an old issue' }],
      }),
    );
    expect(part).toMatchObject({ text: 'an old issue', role: 'target', link: undefined });
  });
});

describe('the time', () => {
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
  ] as const)('%s is shown as %d %s', (time, amount, unit) => {
    const words = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });
    expect(formatRelative(time, { now })).toBe(words.format(amount, unit));
  });

  it.each([
    '2026-05-05T12:00:30.000Z',
    '2026-05-05T11:59:30.500Z',
    '2026-05-05T11:58:00.000Z',
    '2026-05-05T11:00:00.001Z',
    '2026-05-05T09:29:59.999Z',
    '2026-05-03T12:00:00.000Z',
    '2020-01-01T00:00:00.000Z',
  ])('%s stays the same until it must change', (time) => {
    const ages = msUntilChange(time, { now });
    const age = now - Date.parse(time);
    // A time in the future shows “now” until it is a minute old.
    const changes = age < 0 ? now + ages - age : now + ages;
    expect(formatRelative(time, { now: changes - 1 })).toBe(formatRelative(time, { now }));
    expect(formatRelative(time, { now: changes })).not.toBe(formatRelative(time, { now }));
  });
});
