import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../protocol/schemas/parse.ts';
import { ref, tracked } from '../../../protocol/schemas/refs.ts';

const runs = { numRuns: 1_000 };
const type = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,63}$/);
const isControl = (character: string): boolean => /\p{Cc}/u.test(character);
/** Any text without control characters, including colons. */
const id = fc
  .array(fc.oneof(fc.constant(':'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })), {
    minLength: 1,
    maxLength: 255,
  })
  .map((parts) => parts.join(''))
  .filter((text) => text.length <= 255 && !isControl(text));

const messageOf = (schema: typeof ref, input: unknown): string | undefined => {
  const parsed = parse(schema, input);
  return parsed.ok ? undefined : parsed.fields[0]?.message;
};
const pathsOf = (input: unknown): string[] => {
  const parsed = parse(ref, input);
  return parsed.ok ? [] : parsed.fields.map((field) => field.path);
};

describe('a ref', () => {
  it('is the same in both forms, with the text split at the first colon', () => {
    fc.assert(
      fc.property(type, id, (of, named) => {
        const expected = { ok: true, value: { type: of, id: named } };
        expect(parse(ref, `${of}:${named}`)).toEqual(expected);
        expect(parse(ref, { type: of, id: named })).toEqual(expected);
        expect(parse(tracked, `${of}:${named}`)).toEqual(expected);
      }),
      runs,
    );
    expect(parse(ref, 'project:a:b')).toEqual({ ok: true, value: { type: 'project', id: 'a:b' } });
  });

  it('keeps its display fields', () => {
    const shown = { type: 'user', id: 'ada', name: 'Ada', url: 'https://a.example', image: '/ada.png' };
    expect(parse(ref, shown)).toEqual({ ok: true, value: shown });
  });

  it('may be sent as it was received, and with display fields that are null', () => {
    const known = { type: 'issue', id: '7', name: 'Fix login' };
    const left = { ...known, deleted: true, description: 'Fix login', serialization: { id: '7' } };
    for (const schema of [ref, tracked]) {
      expect(parse(schema, left)).toEqual({ ok: true, value: known });
      expect(parse(schema, { ...known, url: null, image: null })).toEqual({ ok: true, value: known });
    }
    expect(pathsOf({ ...known, description: 'Fix login' })).toEqual(['description']);
    expect(pathsOf({ ...left, deleted: false })).toEqual(['deleted', 'description', 'serialization']);
    expect(pathsOf({ type: 'issue', id: null })).toEqual(['id']);
  });

  it('is limited by the lengths of its parts', () => {
    const fits = (of: string, named: string): boolean => parse(ref, `${of}:${named}`).ok;
    expect([fits('t'.repeat(64), 'i'), fits('t'.repeat(65), 'i'), fits('', 'i')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([fits('t', 'i'.repeat(255)), fits('t', 'i'.repeat(256)), fits('t', '')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('is refused with a control character or a lone surrogate', () => {
    const anywhere = fc.tuple(
      fc.string(),
      fc.constantFrom('\n', '\u0000', '\u007f', '\u0085', '\ud800'),
      fc.string(),
    );
    fc.assert(
      fc.property(anywhere, (parts) => {
        expect(parse(ref, { type: 'user', id: parts.join('') }).ok).toBe(false);
        expect(parse(ref, { type: 'user', id: 'ada', name: parts.join('') }).ok).toBe(false);
      }),
      runs,
    );
  });

  it('is refused with the path of the invalid field', () => {
    expect(pathsOf({ type: 'Project', id: 'p1' })).toEqual(['type']);
    expect(pathsOf({ type: 'project', id: '' })).toEqual(['id']);
    expect(pathsOf({ type: 'project' })).toEqual(['id']);
    expect(pathsOf({ type: 'project', id: 'p1', colour: 'red' })).toEqual(['colour']);
    for (const other of ['project', 7, null, undefined, ['project:p1']]) expect(pathsOf(other)).toEqual(['']);
    expect(messageOf(ref, 'project')).toBe('must be a ref such as "project:p1"');
  });

  it('parses any input without throwing', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(typeof parse(ref, anything).ok).toBe('boolean');
        expect(typeof parse(tracked, anything).ok).toBe('boolean');
      }),
      runs,
    );
  });
});

describe('a class ref', () => {
  it('is the same in both forms, and accepted only by trackers', () => {
    fc.assert(
      fc.property(type, (of) => {
        expect(parse(tracked, of)).toEqual({ ok: true, value: { type: of } });
        expect(parse(tracked, { type: of })).toEqual({ ok: true, value: { type: of } });
        expect(parse(ref, of).ok).toBe(false);
        expect(parse(ref, { type: of }).ok).toBe(false);
      }),
      runs,
    );
  });

  it('has no display fields', () => {
    expect(parse(tracked, { type: 'project', name: 'Projects' }).ok).toBe(false);
  });
});
