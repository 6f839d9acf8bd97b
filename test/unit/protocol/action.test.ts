import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../protocol/limits.ts';
import { actionInput, batch } from '../../../protocol/schemas/action.ts';
import { parse } from '../../../protocol/schemas/parse.ts';

const runs = { numRuns: 1_000 };
const opened = { actor: 'user:ada', verb: 'opened' };
const declared = [
  'actor',
  'verb',
  'targets',
  'related',
  'level',
  'timestamp',
  'groupingDelay',
  'notify',
  'key',
  'body',
  'url',
  'buttons',
  'data',
];

const dataOf = (input: object): unknown => {
  const parsed = parse(actionInput, { ...opened, ...input });
  return parsed.ok ? parsed.value.data : parsed.fields;
};
const pathsOf = (input: unknown): string[] => {
  const parsed = parse(actionInput, input);
  return parsed.ok ? [] : parsed.fields.map((field) => field.path);
};

/** JSON as a peer may send it, with any keys except reserved ones, including `__proto__` and `$set`. */
const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '$set', 'a.b', 'toJSON', '0'));
const sent = (names: fc.Arbitrary<string>) =>
  fc
    .uniqueArray(fc.tuple(names, fc.jsonValue({ maxDepth: 4 })), { selector: ([name]) => name, maxLength: 6 })
    .map((fields) => JSON.parse(JSON.stringify(Object.fromEntries(fields))) as object);

describe('the data of an action', () => {
  it('is exactly as sent, under any names', () => {
    fc.assert(
      fc.property(sent(key), (data) => {
        expect(JSON.stringify(dataOf({ data }))).toBe(JSON.stringify(data));
      }),
      runs,
    );
  });

  it('collects all unknown keys, and explicit data takes precedence', () => {
    const others = sent(key.filter((name) => !declared.includes(name)));
    fc.assert(
      fc.property(others, sent(key), (gathered, data) => {
        const input = Object.fromEntries([
          ...Object.entries(gathered),
          ...Object.entries({ ...opened, data }),
        ]);
        const parsed = parse(actionInput, input);
        const expected = Object.fromEntries([...Object.entries(gathered), ...Object.entries(data)]);
        expect(parsed.ok && JSON.stringify(parsed.value.data)).toBe(JSON.stringify(expected));
      }),
      runs,
    );
  });

  it('is refused if it is not JSON, with the path of the invalid value', () => {
    const culprits = [undefined, Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 0, Symbol('s'), '\ud800'];
    for (const culprit of [...culprits, new Date(), new Map(), Buffer.from('a')]) {
      expect(pathsOf({ ...opened, data: { list: [1, { culprit }] } })).toEqual(['data.list[1].culprit']);
      expect(pathsOf({ ...opened, other: { culprit } })).toEqual(['other.culprit']);
    }
    for (const data of [null, 'text', 7, []]) expect(pathsOf({ ...opened, data })).toEqual(['data']);
  });

  it('is limited in depth and size', () => {
    const nested = (levels: number): unknown => (levels === 0 ? {} : { deeper: nested(levels - 1) });
    const isTaken = (data: unknown): boolean => parse(actionInput, { ...opened, data }).ok;
    expect(isTaken(nested(limits.dataDepth - 1))).toBe(true);
    expect(isTaken(nested(limits.dataDepth))).toBe(false);
    const around = JSON.stringify({ text: '' }).length;
    expect(isTaken({ text: 'x'.repeat(limits.data - around) })).toBe(true);
    expect(isTaken({ text: 'x'.repeat(limits.data - around + 1) })).toBe(false);
    expect(isTaken({ text: '界'.repeat(limits.data / 2) })).toBe(false);
  });
});

describe('an action', () => {
  it('contains each object once, however often and in whatever form it was given', () => {
    const targets = ['project:p1', { type: 'project', id: 'p1', name: 'One' }, 'project:p2'];
    const parsed = parse(actionInput, { ...opened, targets, related: 'issue:i1' });
    expect(parsed.ok && parsed.value).toMatchObject({
      targets: [
        { type: 'project', id: 'p1', name: 'One' },
        { type: 'project', id: 'p2' },
      ],
      related: [{ type: 'issue', id: 'i1' }],
    });
  });

  it('has an actor, which may be null, and a verb', () => {
    expect(pathsOf({ verb: 'opened' })).toEqual(['actor']);
    expect(pathsOf({ actor: null, verb: 'opened' })).toEqual([]);
    expect(pathsOf({ actor: null })).toEqual(['verb']);
    expect(pathsOf({ actor: null, verb: '' })).toEqual(['verb']);
    expect(pathsOf({ actor: null, verb: 'v'.repeat(255) })).toEqual([]);
    expect(pathsOf({ actor: null, verb: 'v'.repeat(256) })).toEqual(['verb']);
  });

  it('is refused with the path of every invalid field', () => {
    const wrong = {
      actor: { type: 'User', id: 'ada' },
      verb: 7,
      targets: ['project:p1', 'project'],
      related: { type: 'issue' },
      level: -1,
      timestamp: 'yesterday',
      groupingDelay: 1.5,
      notify: ['ada', ''],
      key: '',
    };
    expect(pathsOf(wrong).sort()).toEqual([
      'actor.type',
      'groupingDelay',
      'key',
      'level',
      'notify[1]',
      'related.id',
      'targets[1]',
      'timestamp',
      'verb',
    ]);
  });

  it('parses any input without throwing', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...declared), fc.anything(), (anything, name, value) => {
        const parsed = [parse(actionInput, anything), parse(actionInput, { ...opened, [name]: value })];
        for (const each of parsed) {
          if (!each.ok) expect(each.fields.length).toBeGreaterThan(0);
        }
      }),
      runs,
    );
  });
});

describe('a batch', () => {
  const sizeFits = (size: number): boolean =>
    parse(
      batch,
      Array.from({ length: size }, () => opened),
    ).ok;

  it('contains 1 to 500 actions', () => {
    expect([0, 1, limits.batch, limits.batch + 1].map(sizeFits)).toEqual([false, true, true, false]);
  });

  it('is refused with the index of the invalid action', () => {
    const parsed = parse(batch, [opened, { ...opened, targets: ['x'] }], 'actions');
    expect(!parsed.ok && parsed.fields.map((field) => field.path)).toEqual(['actions[1].targets[0]']);
  });

  it('reports at most twenty fields', () => {
    const parsed = parse(
      batch,
      Array.from({ length: 40 }, () => ({})),
    );
    expect(!parsed.ok && parsed.fields.length).toBe(20);
  });
});
