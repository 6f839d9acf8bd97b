/** A hub with queued batches that combine and group, and the model's result for the same batches. */
import fc from 'fast-check';
import { acceptActions } from '../../../core/actions/accept.ts';
import type { Handler, Settings } from '../../../core/settings.ts';
import {
  type ComparedAction,
  type MergeRule,
  type ModelHandlers,
  type ModelLoggedAction,
  type ModelStore,
  storeBatch,
} from '../../../dev/model/actions.ts';
import type { ModelObject } from '../../../dev/model/feed.ts';
import type { Json } from '../../../protocol/entities.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { MemoryHub, type MemoryHubOptions, service } from '../memory/hub.ts';

/** The predicates of generated handlers. */
const predicates = {
  always: () => true,
  never: () => false,
  louder: (newer: ComparedAction, older: ComparedAction) => newer.level >= older.level,
  fewer: (newer: ComparedAction, older: ComparedAction) => newer.targets.length + older.targets.length <= 2,
} satisfies Record<string, MergeRule>;
const predicateName = fc.constantFrom(...(Object.keys(predicates) as Array<keyof typeof predicates>));

const verb = fc.constantFrom('opened', 'closed', 'starred');
const object = fc.constantFrom<ModelObject>({ type: 'project', id: 'p1' }, { type: 'project', id: 'p2' });
const delay = fc.constantFrom(-1, 0, 1, 60);

export const rules = fc.record({
  groupingDelay: fc.constantFrom(0, 0, 60, 60, -1),
  combine: fc.array(fc.record({ verb, other: verb, predicate: predicateName }), { maxLength: 3 }),
  group: fc.dictionary(verb, predicateName, { maxKeys: 1 }),
});
export type Rules = typeof rules extends fc.Arbitrary<infer T> ? T : never;

const scalar = fc.constantFrom<Json>(
  1,
  'two',
  null,
  ['a'],
  ['b', 'a'],
  { deep: [1] },
  { deep: [2], more: 0 },
);
const logged = fc.record({
  actor: fc.constantFrom<ModelObject | null>({ type: 'user', id: 'ada' }, { type: 'user', id: 'bob' }, null),
  verb,
  targets: fc.uniqueArray(object, { maxLength: 2 }),
  related: fc.uniqueArray(object, { maxLength: 1 }),
  level: fc.constantFrom(30, 30, 40, 10),
  ago: fc.constantFrom(0, 0, 0, 1, 1_000, 60_000, 61_000),
  notify: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.constantFrom(['cy'], ['cy', 'dee'])),
  groupingDelay: fc.option(delay, { nil: undefined }),
  body: fc.constantFrom(undefined, undefined, 'one', 'two'),
  url: fc.constantFrom(undefined, undefined, '/one', '/two'),
  buttons: fc.constantFrom(undefined, undefined, [{ id: 'yes', label: 'Yes' }], [{ id: 'no', label: 'No' }]),
  data: fc.dictionary(fc.constantFrom('x', 'y'), scalar, { maxKeys: 2 }),
});
export type LoggedInput = typeof logged extends fc.Arbitrary<infer T> ? T : never;

export const batches = fc.array(fc.array(logged, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 5,
});

/** Uses one partition, so that actions whose order matters meet in it. */
export class GroupedHub {
  readonly hub: MemoryHub;
  readonly expected: ModelStore = { actions: [], mergedInto: new Map() };
  readonly ids: string[] = [];
  readonly #handlers: ModelHandlers;

  constructor(
    rules: Rules,
    options: MemoryHubOptions = {},
    wrap: (rule: MergeRule) => MergeRule = (rule) => rule,
  ) {
    this.hub = new MemoryHub({
      partitions: 1,
      ...options,
      settings: { ...options.settings, ...settingsOf(rules, wrap) },
    });
    this.#handlers = modelHandlers(rules);
  }

  async log(inputs: readonly LoggedInput[]): Promise<void> {
    const now = this.hub.time.now();
    const actions = batch.parse(
      inputs.map(({ ago, ...input }) => ({ ...input, timestamp: new Date(now - ago).toISOString() })),
    );
    const ids = await acceptActions(this.hub.deps, service, { actions, batch: true });
    this.ids.push(...ids);
    storeBatch(
      this.expected,
      inputs.map(({ ago, ...input }, index): ModelLoggedAction => {
        const times = { timestamp: now - ago, updatedAt: now - ago };
        const order = this.ids.length - inputs.length + index;
        return { ...input, ...times, id: ids[index] ?? '', count: 1, order };
      }),
      this.#handlers,
    );
  }

  /** The hub's stored actions, and the action that each id resolves to. */
  async storedState(): Promise<{ actions: object[]; into: Record<string, string | null> }> {
    const { actions } = this.hub.stores;
    const into: Record<string, string | null> = {};
    const resolutions = await actions.resolutions(this.ids);
    for (const id of this.ids) {
      let resolution = resolutions.get(id);
      while (resolution?.kind === 'merged') resolution = resolutions.get(resolution.merged.into);
      into[id] = resolution?.kind === 'action' ? resolution.action.id : null;
    }
    return {
      actions: actions
        .all()
        .map(({ version: _, ...action }) => action)
        .sort(byId),
      into,
    };
  }

  /** The same from the model. */
  expectedState(): { actions: object[]; into: Record<string, string | null> } {
    const { actions, mergedInto } = this.expected;
    return {
      actions: actions.map(({ groupingDelay: _, order: __, ...action }) => action).sort(byId),
      into: Object.fromEntries(this.ids.map((id) => [id, resolvedId(mergedInto, id)])),
    };
  }
}

function resolvedId(into: ReadonlyMap<string, string>, id: string): string {
  const next = into.get(id);
  return next === undefined ? id : resolvedId(into, next);
}

const byId = (left: { id: string }, right: { id: string }): number => (left.id < right.id ? -1 : 1);

function settingsOf(
  { groupingDelay, combine, group }: Rules,
  wrap: (rule: MergeRule) => MergeRule,
): Partial<Settings> {
  const handlers = new Map<string, Handler>();
  for (const verb of ['opened', 'closed', 'starred']) {
    const groupPredicate = group[verb];
    const combined = firstOfEach(combine.filter((each) => each.verb === verb));
    handlers.set(verb, {
      verb,
      ...(groupPredicate !== undefined && { group: wrap(predicates[groupPredicate]) }),
      combineWith: Object.fromEntries(
        combined.map(({ other, predicate: name }) => [other, wrap(predicates[name])]),
      ),
    });
  }
  return { groupingDelay, handlers };
}

function firstOfEach<T extends { other: string }>(combine: readonly T[]): T[] {
  return combine.filter((each, index) => combine.findIndex(({ other }) => other === each.other) === index);
}

function modelHandlers({ groupingDelay, combine, group }: Rules): ModelHandlers {
  return {
    groupingDelay: () => groupingDelay,
    combineWith: (verb, other) => {
      const found = combine.find((each) => each.verb === verb && each.other === other);
      return found ? predicates[found.predicate] : null;
    },
    group: (verb) => {
      const predicate = group[verb];
      return predicate === undefined ? null : predicates[predicate];
    },
  };
}
