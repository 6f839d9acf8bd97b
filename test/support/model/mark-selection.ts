/** The items of a feed that a mark selects. */
import fc from 'fast-check';

/** Indexes in the feed. An index beyond its end selects nothing. */
export const whichIds = fc.record({
  by: fc.constant('ids' as const),
  indexes: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }),
});
export const which = fc.oneof(
  fc.record({ by: fc.constant('all' as const) }),
  fc.record({ by: fc.constant('until' as const), ago: fc.constantFrom(0, 1_000, 2_000) }),
  whichIds,
);
export type Which = typeof which extends fc.Arbitrary<infer T> ? T : never;
