/**
 * Everything that can happen to a hub, one thing after the other, and what an application may have configured. Of few
 * actors, about few things, so that most of it concerns what happened before.
 */
import fc from 'fast-check';
import type { Compared, Says } from '../../../dev/model/actions.ts';
import type { ModelObject } from '../../../dev/model/feed.ts';
import type { Json } from '../../../protocol/entities.ts';
import { which } from './steps.ts';
import * as world from './world.ts';

/** What handlers and filters may decide by: only what two hubs agree about. */
const opinions = {
  always: () => true,
  never: () => false,
  louder: (newer: Compared, older: Compared) => newer.level >= older.level,
  fewer: (newer: Compared, older: Compared) => newer.targets.length + older.targets.length <= 3,
} satisfies Record<string, Says>;
const opinion = fc.constantFrom(...(Object.keys(opinions) as Array<keyof typeof opinions>));

/** Who may see an action, by what it is and by what it becomes. */
const sights = {
  all: () => true,
  loud: (action: Compared, user: string) => user !== 'cy' || action.level >= 40,
  short: (action: Compared, user: string) =>
    user === 'bob' || action.targets.length + action.related.length <= 2,
};
const sight = fc.constantFrom(...(Object.keys(sights) as Array<keyof typeof sights>));

const verb: fc.Arbitrary<string> = fc.constantFrom('opened', 'opened', 'opened', 'closed', 'starred');
const delay = fc.constantFrom(-1, 0, 1, 60, 60, 60);

export const rules = fc.record({
  ownActions: world.ownActions,
  regroup: fc.constantFrom('bump' as const, 'keep' as const),
  sight: fc.oneof({ weight: 3, arbitrary: fc.constant('all' as const) }, sight),
  groupingDelay: delay,
  /** By verb: of the handler. */
  delays: fc.dictionary(verb, delay, { maxKeys: 1 }),
  combine: fc.array(fc.record({ verb, other: verb, opinion }), { maxLength: 3 }),
  group: fc.dictionary(verb, opinion, { maxKeys: 1 }),
});
export type Rules = typeof rules extends fc.Arbitrary<infer T> ? T : never;

export const opinionOf = (name: keyof typeof opinions): Says => opinions[name];
export const sightOf = (name: keyof typeof sights) => sights[name];

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
const few = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<ModelObject[]>([], [project], [project], [project], [issue], [issue, other]),
  },
  fc.uniqueArray(object, { maxLength: 2 }),
);

const input = fc.record({
  actor,
  verb,
  targets: few,
  related: few,
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

const others = fc.oneof(
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
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(1, 1_000, 45_000),
    }),
  },
  // Of all that was ever logged: one that became part of another, too.
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recall' as const), place: fc.nat(40) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      object,
      actions: fc.constantFrom('keep' as const, 'delete' as const),
    }),
  },
);

const any = fc.oneof(
  { weight: 11, arbitrary: log },
  { weight: 4, arbitrary: track },
  { weight: 12, arbitrary: others },
);
export type RuleStep = typeof any extends fc.Arbitrary<infer T> ? T : never;

/** Up to `most` and some; people follow things before much happens. Without bias to little: it would be too little. */
export const ruleSteps = (most: number): fc.Arbitrary<RuleStep[]> =>
  fc.noBias(
    fc
      .tuple(
        fc.array(track, { maxLength: 3, size: 'max' }),
        fc.array(any, { minLength: 1, maxLength: most, size: 'max' }),
      )
      .map(([follows, then]) => [...follows, ...then]),
  );
