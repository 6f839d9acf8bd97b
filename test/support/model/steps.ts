/** Which items of a feed a mark names. */
import fc from 'fast-check';

export const which = fc.oneof(
  fc.record({ by: fc.constant('all' as const) }),
  fc.record({ by: fc.constant('until' as const), ago: fc.constantFrom(0, 1_000, 2_000) }),
  // Places in the feed; those it does not have name nothing.
  fc.record({
    by: fc.constant('ids' as const),
    places: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }),
  }),
);
export type Which = typeof which extends fc.Arbitrary<infer T> ? T : never;
