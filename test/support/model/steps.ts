/** What can happen to a hub, one thing after the other. */
import fc from 'fast-check';
import * as world from './world.ts';

const which = fc.oneof(
  fc.record({ by: fc.constant('all' as const) }),
  fc.record({ by: fc.constant('until' as const), ago: fc.constantFrom(0, 1_000, 2_000) }),
  // Places in the feed; those it does not have name nothing.
  fc.record({
    by: fc.constant('ids' as const),
    places: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }),
  }),
);
export type Which = typeof which extends fc.Arbitrary<infer T> ? T : never;

export const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('log' as const),
      batch: fc.array(world.logged, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('track' as const),
      user: world.user,
      to: fc.uniqueArray(world.trackable, { minLength: 1, maxLength: 2 }),
      how: world.tracking,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('untrack' as const),
      user: world.user,
      from: fc.uniqueArray(world.trackable, { minLength: 1, maxLength: 3 }),
      verbs: fc.option(fc.uniqueArray(world.verb, { minLength: 1, maxLength: 2 }), { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('mark' as const),
      user: world.user,
      mark: fc.constantFrom('read' as const, 'unread' as const, 'seen' as const),
      which,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(1, 1_000, 45_000),
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
