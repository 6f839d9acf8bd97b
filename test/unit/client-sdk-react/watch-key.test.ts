import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchKey } from '../../../client-sdk/react/src/watch.ts';
import type { WatchInput } from '../../../protocol/entities.ts';

const refs = fc.record({ type: fc.constantFrom('issue', 'project'), id: fc.string({ minLength: 1 }) });
const inputs: fc.Arbitrary<WatchInput> = fc.record(
  {
    object: refs,
    verbs: fc.uniqueArray(fc.constantFrom('opened', 'closed', 'moved')),
    actorOnly: fc.boolean(),
    since: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
    limit: fc.integer({ min: 1, max: 100 }),
  },
  { requiredKeys: ['object'] },
);
const asText = ({ object, ...others }: WatchInput): WatchInput => ({
  ...others,
  object: typeof object === 'string' ? object : `${object.type}:${object.id}`,
});

describe('the key of a watch', () => {
  it('is the same for all notations of an input', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { object } = input;
        const named =
          typeof object === 'string' ? object : { ...object, name: 'Fix login', url: '/issues/1' };
        const key = watchKey(input);
        expect(watchKey(asText(input))).toBe(key);
        expect(watchKey({ ...input, object: named })).toBe(key);
        expect(watchKey(Object.fromEntries(Object.entries(input).reverse()) as typeof input)).toBe(key);
        expect(watchKey({ ...input, verbs: input.verbs && [...input.verbs, ...input.verbs].reverse() })).toBe(
          key,
        );
      }),
    );
  });

  it('differs if any part of the input differs', () => {
    fc.assert(
      fc.property(inputs, inputs, (one, other) => {
        const sorted = ({ verbs, ...input }: WatchInput) => ({ ...input, verbs: verbs?.toSorted() ?? null });
        let same = true;
        try {
          expect(sorted(one)).toEqual(sorted(other));
        } catch {
          same = false;
        }
        expect(watchKey(one) === watchKey(other)).toBe(same);
      }),
    );
  });

  it('parses to an equivalent input', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { verbs, ...others } = input;
        expect(JSON.parse(watchKey(input))).toEqual({ ...others, ...(verbs && { verbs: verbs.toSorted() }) });
      }),
    );
  });

  it('keeps invalid refs, so that the hub rejects them', () => {
    expect(JSON.parse(watchKey({ object: 'project' }))).toEqual({ object: 'project' });
  });
});
