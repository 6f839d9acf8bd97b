import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../protocol/limits.ts';
import * as calls from '../../../protocol/schemas/calls.ts';
import { parse } from '../../../protocol/schemas/parse.ts';
import * as trackers from '../../../protocol/schemas/trackers.ts';

type Schema = Parameters<typeof parse>[0];

const taken = (schema: Schema, input: unknown): unknown => {
  const parsed = parse(schema, input);
  return parsed.ok ? parsed.value : parsed.fields.map((field) => field.path);
};
const schemas: Array<[string, Schema]> = Object.entries({ ...calls, ...trackers }).flatMap(
  ([name, schema]) => (typeof schema === 'object' && 'safeParse' in schema ? [[name, schema as Schema]] : []),
);

describe('among all calls,', () => {
  it.each(schemas)('%s parses any input without throwing', (_, schema) => {
    const field = fc.constantFrom(
      'to',
      'from',
      'ids',
      'all',
      'until',
      'position',
      'cursor',
      'limit',
      'locale',
    );
    fc.assert(
      fc.property(fc.anything(), field, fc.anything(), (anything, name, value) => {
        for (const input of [anything, { [name]: value }]) {
          const parsed = parse(schema, input);
          if (!parsed.ok) expect(parsed.fields.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('track', () => {
  it('covers all verbs, and the object as the actor, by default', () => {
    expect(taken(trackers.trackInput, { to: 'project:p1' })).toEqual({
      to: [{ type: 'project', id: 'p1' }],
      verbs: [],
      actorOnly: true,
      log: false,
    });
  });

  it('accepts objects and classes in any form, one or a list', () => {
    const to = ['project', { type: 'issue' }, 'issue:i1', { type: 'user', id: 'ada' }];
    expect(taken(trackers.trackInput, { to })).toMatchObject({
      to: [{ type: 'project' }, { type: 'issue' }, { type: 'issue', id: 'i1' }, { type: 'user', id: 'ada' }],
    });
  });

  it('contains each verb once, sorted', () => {
    const verbs = ['opened', 'closed', 'opened'];
    expect(taken(trackers.trackInput, { to: 'a:b', verbs })).toMatchObject({ verbs: ['closed', 'opened'] });
  });

  it('is refused with the path of the invalid field', () => {
    expect(taken(trackers.trackInput, {})).toEqual(['to']);
    expect(taken(trackers.trackInput, { to: [] })).toEqual(['to']);
    expect(taken(trackers.trackInput, { to: ['a:b', 'A'] })).toEqual(['to[1]']);
    expect(taken(trackers.trackInput, { to: 'a:b', verbs: 'opened', since: 'now', extra: 1 })).toEqual([
      'verbs',
      'since',
      'extra',
    ]);
    const many = Array.from({ length: limits.track + 1 }, (_, index) => `project:p${index}`);
    expect(taken(trackers.trackInput, { to: many })).toEqual(['to']);
  });
});

describe('a mark', () => {
  it('has exactly one of ids, all and until', () => {
    const until = '2026-01-01T00:00:00Z';
    expect(taken(calls.markInput, { ids: ['a'] })).toEqual({ ids: ['a'] });
    expect(taken(calls.markInput, { all: true })).toEqual({ all: true });
    expect(taken(calls.markInput, { until })).toEqual({ until: Date.parse(until) });
    for (const wrong of [{}, { all: true, until }, { ids: ['a'], all: true }]) {
      expect(taken(calls.markInput, wrong)).toEqual(['']);
    }
    expect(taken(calls.markInput, { all: false })).toEqual(['all']);
  });

  it('has at most a thousand ids', () => {
    const ids = (length: number) => ({ ids: Array.from({ length }, (_, index) => `a${index}`) });
    expect(taken(calls.markInput, ids(limits.marks))).toEqual(ids(limits.marks));
    expect(taken(calls.markInput, ids(limits.marks + 1))).toEqual(['ids']);
    expect(taken(calls.markInput, ids(0))).toEqual(['ids']);
  });
});

describe('a feed query', () => {
  it('returns 20 items by default, or 1 to 100', () => {
    expect(taken(calls.feedQuery, {})).toEqual({ limit: 20 });
    for (const limit of [1, 100]) expect(taken(calls.feedQuery, { limit })).toEqual({ limit });
    for (const limit of [0, 101, 1.5, '20']) expect(taken(calls.feedQuery, { limit })).toEqual(['limit']);
  });

  it('accepts language tags', () => {
    expect(taken(calls.feedQuery, { locale: 'de-CH' })).toMatchObject({ locale: 'de-CH' });
    for (const locale of ['', 'x', 'de_CH', 'not a tag']) {
      expect(taken(calls.feedQuery, { locale })).toEqual(['locale']);
    }
  });
});
