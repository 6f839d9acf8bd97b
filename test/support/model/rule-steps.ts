/**
 * Generates sequences of calls to a hub, and configurations. They use few actors and objects, so that most calls concern
 * earlier ones.
 */
import fc from 'fast-check';
import type { ComparedAction, MergeRule } from '../../../dev/model/actions.ts';
import type { ModelObject } from '../../../dev/model/feed.ts';
import type { Json } from '../../../protocol/entities.ts';
import { which, whichIds } from './mark-selection.ts';
import * as world from './world.ts';

/** Predicates of handlers. They use only properties that are equal in the hub and in the model. */
const predicates = {
  always: () => true,
  never: () => false,
  louder: (newer: ComparedAction, older: ComparedAction) => newer.level >= older.level,
  fewer: (newer: ComparedAction, older: ComparedAction) => newer.targets.length + older.targets.length <= 3,
} satisfies Record<string, MergeRule>;
const predicateName = fc.constantFrom(...(Object.keys(predicates) as Array<keyof typeof predicates>));

/** Filters for `visible`. Merging may change their result for an action. */
const visibilities = {
  all: () => true,
  loud: (action: ComparedAction, user: string) => user !== 'cy' || action.level >= 40,
  short: (action: ComparedAction, user: string) =>
    user === 'bob' || action.targets.length + action.related.length <= 2,
};
const visibilityName = fc.constantFrom(...(Object.keys(visibilities) as Array<keyof typeof visibilities>));

const verb: fc.Arbitrary<string> = fc.constantFrom('opened', 'opened', 'opened', 'closed', 'starred');
const delay = fc.constantFrom(-1, 0, 1, 60, 60, 60);

export const rules = fc.record({
  ownActions: world.ownActions,
  regroup: fc.constantFrom('bump' as const, 'keep' as const),
  visibility: fc.oneof({ weight: 3, arbitrary: fc.constant('all' as const) }, visibilityName),
  groupingDelay: delay,
  /** The grouping delays of handlers, by verb. */
  delays: fc.dictionary(verb, delay, { maxKeys: 1 }),
  combine: fc.array(fc.record({ verb, other: verb, predicate: predicateName }), { maxLength: 3 }),
  group: fc.dictionary(verb, predicateName, { maxKeys: 1 }),
});
export type Rules = typeof rules extends fc.Arbitrary<infer T> ? T : never;

export const predicateOf = (name: keyof typeof predicates): MergeRule => predicates[name];
export const visibilityOf = (name: keyof typeof visibilities) => visibilities[name];

const tags = fc.uniqueArray(fc.constantFrom<Json>('a', 'b', { c: 1 }), { maxLength: 2 });
const scalar = fc.constantFrom<Json>(1, 'two', null);
const data = fc.record(
  {
    note: scalar,
    tags: fc.oneof(tags, scalar),
    more: fc.record({ tags, deep: scalar }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

const ada: ModelObject = { type: 'user', id: 'ada' };
const bob: ModelObject = { type: 'user', id: 'bob' };
const project: ModelObject = { type: 'project', id: 'p1' };
const issue: ModelObject = { type: 'issue', id: 'i1' };
const other: ModelObject = { type: 'issue', id: 'i2' };
const object = fc.constantFrom(ada, bob, project, issue, other);
const trackable = fc.constantFrom(ada, project, project, issue, { type: 'issue' });
const user = fc.constantFrom('ada', 'cy', 'cy', 'cy');

const actor: fc.Arbitrary<ModelObject | null> = fc.constantFrom(ada, ada, ada, ada, bob, project, null);
const fewObjects = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<ModelObject[]>([], [project], [project], [project], [issue], [issue, other]),
  },
  fc.uniqueArray(object, { maxLength: 2 }),
);

const input = fc.record({
  actor,
  verb,
  targets: fewObjects,
  related: fewObjects,
  level: fc.constantFrom(30, 30, 30, 40, 10),
  /** Milliseconds before now. */
  ago: fc.constantFrom(0, 0, 0, 0, 1, 1_000, 1_500, 60_000, 61_000),
  notify: fc.oneof(
    { weight: 5, arbitrary: fc.constant<string[]>([]) },
    fc.uniqueArray(user, { maxLength: 2 }),
  ),
  groupingDelay: fc.option(delay, { nil: undefined, freq: 2 }),
  data: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, data),
});

export interface RuleInput {
  actor: ModelObject | null;
  verb: string;
  targets: ModelObject[];
  related: ModelObject[];
  level: number;
  ago: number;
  notify: string[];
  groupingDelay?: number;
  data: Record<string, Json>;
}
const log = fc.record({
  do: fc.constant('log' as const),
  batch: fc.array(input as fc.Arbitrary<RuleInput>, { minLength: 1, maxLength: 4 }),
});

const track = fc.record({
  do: fc.constant('track' as const),
  user,
  to: fc.uniqueArray(trackable, { minLength: 1, maxLength: 2 }),
  how: fc.record({
    verbs: fc.oneof(
      { weight: 5, arbitrary: fc.constant<string[]>([]) },
      fc.uniqueArray(verb, { maxLength: 2 }),
    ),
    actorOnly: fc.constantFrom(false, false, true),
    /** Milliseconds before now; `undefined`: not given. */
    ago: fc.constantFrom(undefined, 0, 1_000, 70_000, 70_000, -5_000),
  }),
});

const otherSteps = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('untrack' as const),
      user,
      from: fc.uniqueArray(trackable, { minLength: 1, maxLength: 3 }),
      verbs: fc.oneof(
        { weight: 4, arbitrary: fc.constant(undefined) },
        fc.uniqueArray(verb, { minLength: 1, maxLength: 2 }),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('mark' as const),
      user,
      mark: fc.constantFrom('read' as const, 'read' as const, 'unread' as const, 'seen' as const),
      which: fc.oneof(
        { weight: 1, arbitrary: fc.constant({ by: 'all' as const }) },
        { weight: 2, arbitrary: which },
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.oneof(
      fc.record({
        do: fc.constant('move' as const),
        user,
        move: fc.constantFrom('archive' as const, 'archive' as const, 'unarchive' as const),
        which,
        milliseconds: fc.constant(0),
      }),
      fc.record({
        do: fc.constant('move' as const),
        user,
        move: fc.constantFrom('snooze' as const, 'snooze' as const, 'unsnooze' as const),
        which: whichIds,
        milliseconds: fc.constantFrom(1, 5, 1_000, 1_000, 50_000),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(1, 1_000, 45_000),
    }),
  },
  // Any logged action, also one that was merged into another.
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recall' as const), index: fc.nat(40) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('register' as const),
      object,
      name: fc.constantFrom('One', 'Two', undefined),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      object,
      actions: fc.constantFrom('keep' as const, 'delete' as const),
    }),
  },
);

const anyStep = fc.oneof(
  { weight: 11, arbitrary: log },
  { weight: 4, arbitrary: track },
  { weight: 13, arbitrary: otherSteps },
);
export type RuleStep = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

/** A few tracks, then up to `max` steps. Without fast-check's bias to small values, which would leave too few steps. */
export const ruleSteps = (max: number): fc.Arbitrary<RuleStep[]> =>
  fc.noBias(
    fc
      .tuple(
        fc.array(track, { maxLength: 3, size: 'max' }),
        fc.array(anyStep, { minLength: 1, maxLength: max, size: 'max' }),
      )
      .map(([follows, then]) => [...follows, ...then]),
  );
